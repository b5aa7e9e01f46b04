"""What sharing a GPU needs of Karpenter and Bottlerocket, by release, and how many may share one."""

from collections.abc import Mapping

from eksgpu.catalog import load


def gate_since(gate: str) -> str:
    """The first release of Karpenter that has a feature gate: `1.7.0` for `nodeOverlay`."""
    return str(load.document("sharing")["karpenterGates"][gate]["since"])


def bottlerocket_since(strategy: str) -> str:
    """The first release of Bottlerocket whose settings know a strategy: `1.34.0` for `mig`."""
    return str(load.document("sharing")["bottlerocket"][strategy]["since"])


def replicas() -> Mapping[str, int]:
    """`min`: fewest replicas that are sharing at all; `advised`: the most that EKS advises."""
    found: Mapping[str, int] = load.document("sharing")["replicas"]
    return found


def mps_clients() -> int:
    """The most clients that MPS serves on one GPU."""
    return int(load.document("sharing")["mpsClients"])


def older(release: str, than: str) -> bool:
    """Is a release (`1.6.2`, `v1.64.0`) older than another? `latest` is older than none."""
    if release == "latest":
        return False
    return _parts(release) < _parts(than)


def _parts(release: str) -> tuple[int, ...]:
    return tuple(int(part) for part in release.removeprefix("v").partition("-")[0].split("."))

"""What cannot be shared is refused by `plan`, in words that say why and what to do; the way out that is named works."""

from pathlib import Path
from typing import Any

import pytest

from eksgpu.errors import EksgpuError
from tests.support.account import Account, small
from tests.support.sliced import FOUR, Sliced

P4D = {"name": "gpu", "instanceTypes": ["p4d.24xlarge"], "os": "al2023"}
G5 = {"name": "gpu", "instanceTypes": ["g5.xlarge"], "os": "al2023"}
MIG = {"strategy": "mig", "profile": "1g.5gb"}
WAYS_OUT = "a static pool (replicas: N) or a node group needs no NodeOverlay"

REFUSED: dict[str, tuple[list[dict[str, Any]], dict[str, Any], str, str]] = {
    "MPS with MIG": (
        [P4D | {"sharing": FOUR | {"strategy": "mps", "profile": "1g.5gb"}}], {},
        "MPS serves whole GPUs alone; NVIDIA's device plugin refuses it on MIG instances",
        "choose strategy: mig, or leave profile out",
    ),
    "time slicing with MIG": (
        [P4D | {"sharing": FOUR | {"profile": "1g.5gb"}}], {},
        "a node is either time-sliced or cut by MIG: EKS says that time slicing does nothing on MIG instances",
        "choose strategy: mig, or leave profile out",
    ),
    "MIG with replicas": (
        [P4D | {"sharing": MIG | {"replicas": 4}}], {},
        "replicas belong to time slicing and MPS; MIG makes as many slices as its profile says", "leave replicas out",
    ),
    "MIG on a GPU that has none": (
        [G5 | {"sharing": MIG}], {},
        "NVIDIA A10G has no MIG", "choose strategy: timeSlicing or mps",
    ),
    "a profile that the model lacks": (
        [P4D | {"sharing": MIG | {"profile": "1g.18gb"}}], {},
        "NVIDIA A100 40 GB has no MIG profile 1g.18gb",
        "profiles are 1g.5gb, 1g.5gb+me, 1g.10gb, 2g.10gb, 3g.20gb, 4g.20gb, 7g.40gb",
    ),
    "more slices than fit": (
        [P4D | {"sharing": MIG | {"profile": {"1g.5gb": 8}}}], {},
        "8 x 1g.5gb do not fit on one NVIDIA A100 40 GB: at most 7 x 1g.5gb fit",
        "2 x 1g.5gb + 1 x 2g.10gb + 1 x 3g.20gb fit",
    ),
    "slices that overlap": (
        [P4D | {"sharing": MIG | {"profile": {"3g.20gb": 2, "1g.5gb": 1}, "rename": True}}], {},
        "2 x 3g.20gb do not fit on one NVIDIA A100 40 GB: their memory slices overlap wherever they start", "fit",
    ),
    "Bottlerocket with mixed MIG": (
        [P4D | {"os": "bottlerocket", "sharing": MIG | {"profile": "all-balanced", "rename": True}}], {},
        "Bottlerocket knows MIG's strategy `single` alone: one profile on every GPU, called nvidia.com/gpu",
        "use os: al2023, or one profile without rename",
    ),
    "two strategies by a label": (
        [G5 | {"sharing": FOUR, "labels": {"nvidia.com/mig.config": "all-1g.5gb"}}], {},
        "the label nvidia.com/mig.config hands the same GPUs to the GPU Operator's MIG manager",
        "leave out the label or sharing",
    ),
    "two strategies by one class": (
        [P4D | {"nodeClass": "one"}, P4D | {"name": "cut", "nodeClass": "one", "sharing": MIG}], {},
        "gpu and cut make nodes from one EC2NodeClass, whose user data shares GPUs in one way alone",
        "give each pool a nodeClass of its own",
    ),
    "slices that are too small": (
        [G5 | {"sharing": FOUR | {"memoryPerSlice": "6Gi"}}], {},
        "4 slices of 6Gi each exceed the 22888 MiB of a GPU of g5.xlarge: a slice has 5.6 GiB",
        "write replicas: 3, or choose GPUs with more memory",
    ),
    "instances that are too small": (
        [P4D | {"sharing": MIG | {"memoryPerSlice": "8Gi"}}], {},
        "a slice shall have 8Gi, and 1g.5gb has 5 GB", "choose a larger profile",
    ),
    "gate off": (
        [G5 | {"sharing": FOUR}], {"featureGates": {"nodeOverlay": False}},
        "Karpenter's feature gate nodeOverlay is off: it would go on counting whole GPUs",
        f"turn nodeOverlay on; or {WAYS_OUT}",
    ),
    "gate of static pools off": (
        [G5 | {"sharing": FOUR, "replicas": 2}], {"featureGates": {"staticCapacity": False}},
        "Karpenter's feature gate staticCapacity is off: it would make no nodes for a pool with replicas",
        "turn staticCapacity on; or a node group needs no Karpenter",
    ),
    "Karpenter too old": (
        [G5 | {"sharing": FOUR}], {"version": "1.6.3"},
        "Karpenter 1.6.3 has no feature gate nodeOverlay; 1.7.0 is the first that has",
        "upgrade Karpenter; or a node group needs no Karpenter",
    ),
    "Karpenter too old for static pools": (
        [G5 | {"sharing": FOUR, "replicas": 2}], {"version": "1.7.4"},
        "Karpenter 1.7.4 has no feature gate staticCapacity; 1.8.0 is the first that has",
        "upgrade Karpenter; or a node group needs no Karpenter",
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Account:
    return Account(tmp_path_factory.mktemp("refused"), small(version="1.33"))


@pytest.mark.parametrize("wish", REFUSED)
def test_it_is_refused_with_the_reason_and_a_way_out(wish: str, account: Account) -> None:
    pools, karpenter, why, way_out = REFUSED[wish]
    account.spec["nodePools"], account.spec["components"] = pools, {"karpenter": karpenter}
    with pytest.raises(EksgpuError) as refused:
        account.plan()
    each = getattr(refused.value, "errors", (refused.value,))
    assert any(why in one.message for one in each)
    assert any(way_out in (one.hint or "") for one in each)


def test_the_ways_out_of_a_closed_gate_work(tmp_path: Path) -> None:
    """A pool with a number and a node group, both named above: their slices run pods, and nothing is simulated."""
    pool = G5 | {"sharing": FOUR, "replicas": 2}
    group = {"name": "more", "instanceTypes": ["g5.xlarge"], "desired": 1, "sharing": FOUR}
    document = small(version="1.35", nodePools=[pool])
    document["spec"]["components"] = {"karpenter": {"featureGates": {"nodeOverlay": False}}}
    document["spec"]["nodeGroups"].append(group)
    sliced = Sliced(tmp_path, document)
    assert sliced.somebody.list("karpenter.sh/v1alpha1", "NodeOverlay")[0] == []
    assert sliced.start("sliced-demo", replicas=12).ready
    shown = [node["status"]["allocatable"].get("nvidia.com/gpu") for node in sliced.somebody.list("v1", "Node")[0]]
    assert sorted(filter(None, shown)) == ["4", "4", "4"]
    assert len(sliced.nodes("gpu")) == 2
    assert sliced.verify(with_smoke=False).errors == ()

"""A small region to schedule in: a few types of the real catalogue, four zones, the example's two pools."""

from typing import Any

from eksgpu.catalog.instance import instances
from eksgpu.scheduling.offering import Candidate, Market, Storage, candidates
from eksgpu.scheduling.pod import Pod, pod
from eksgpu.scheduling.pool import Pool, pool

ZONES = {f"us-west-2{letter}": f"usw2-az{number}" for number, letter in enumerate("abcd", 1)}
MARKET = Market(ZONES, offered={"g5.xlarge": frozenset({"us-west-2a", "us-west-2b"})})
GPU_TAINT = {"key": "nvidia.com/gpu", "value": "true", "effect": "NoSchedule"}
BEARS_GPU = {"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}


def on_offer(*names: str, market: Market = MARKET, storage: Storage | None = None) -> tuple[Candidate, ...]:
    return candidates((instances()[name] for name in names), market, storage or Storage())


def node_pool(name: str, *requirements: tuple[str, str, list[str]], **spec: Any) -> dict[str, Any]:
    labels, taints = spec.pop("labels", {}), spec.pop("taints", [])
    entries = [{"key": key, "operator": operator, "values": values} for key, operator, values in requirements]
    template = {"metadata": {"labels": labels}, "spec": {"requirements": entries, "taints": taints}}
    return {"metadata": {"name": name}, "spec": {"template": template, **spec}}


def general(**spec: Any) -> Pool:
    manifest = node_pool(
        "default",
        ("karpenter.sh/capacity-type", "In", ["spot", "on-demand"]),
        ("kubernetes.io/arch", "In", ["amd64"]),
        ("karpenter.k8s.aws/instance-category", "In", ["c", "m", "r"]),
        **spec,
    )
    return pool(manifest, on_offer("c5.xlarge", "m5.xlarge", "m5.2xlarge", "r5.xlarge", "g5.xlarge", "p5.48xlarge"))


def h100(**spec: Any) -> Pool:
    manifest = node_pool(
        "p5-gpu-h100",
        ("karpenter.sh/capacity-type", "In", ["spot"]),
        ("node.kubernetes.io/instance-type", "In", ["p5.48xlarge"]),
        **{"taints": [GPU_TAINT], "limits": {"nvidia.com/gpu": "16"}, **spec},
    )
    return pool(manifest, on_offer("m5.xlarge", "p5.48xlarge"))


def asking(
    name: str = "app", *, tolerations: Any = (), selector: Any = None, affinity: Any = None, **limits: Any
) -> Pod:
    resources = {key.replace("gpu", "nvidia.com/gpu"): str(value) for key, value in limits.items()}
    spec: dict[str, Any] = {"containers": [{"name": "main", "resources": {"limits": resources}}]}
    spec |= {"tolerations": list(tolerations), "nodeSelector": selector or {}}
    if affinity:
        required = {"nodeSelectorTerms": [{"matchExpressions": [term]} for term in affinity]}
        spec["affinity"] = {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": required}}
    return pod({"metadata": {"name": name}, "spec": spec})

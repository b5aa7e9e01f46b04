"""Whether pods can ask for every GPU that the nodes carry."""

from collections.abc import Iterator
from dataclasses import replace

from eksgpu.catalog.instance import InstanceType, instance
from eksgpu.engine.resource import State
from eksgpu.kube.names import GroupKind
from eksgpu.kube.readiness import readiness
from eksgpu.scheduling.labels import INSTANCE_TYPE, NODE_POOL, whole_gpus
from eksgpu.scheduling.resources import amounts
from eksgpu.spec.models import GpuCluster

from .check import check
from .context import VerifyContext
from .finding import Finding, Severity
from .live_cluster import GROUP, Object, of_group

ID = "gpus-allocatable"
DOMAIN = "nvidia.com/"
_NODE = GroupKind("Node")


@check(ID, "every GPU of every node can be asked for", stage="verify")
def gpus_allocatable(context: VerifyContext) -> Iterator[Finding]:
    """A node whose device plugin does not run advertises no GPU: it costs as much, and no pod ever gets there. One GPU
    less than the instance type has is a broken GPU, or a driver that lost it.
    """
    for node in context.cluster.nodes:
        item = instance((node["metadata"].get("labels") or {}).get(INSTANCE_TYPE, ""))
        wanted = whole_gpus(item) if item is not None else 0
        if item is None or not wanted or readiness(_NODE, node)[0] is not State.READY:
            continue
        have = _gpus(node)
        if have < wanted:
            finding = _finding(node, item, have, wanted)
            yield finding if _promised(context.spec, node) else replace(finding, severity=Severity.NOTE)


def _promised(spec: GpuCluster, node: Object) -> bool:
    """Does the spec say anything of this node? In a cluster that is not ours, others have theirs."""
    body, labels = spec.spec, node["metadata"].get("labels") or {}
    if body.cluster is None or labels.get(NODE_POOL) in {pool.name for pool in body.node_pools}:
        return True
    selected = any(one.selects(labels) for one in body.existing_nodes)
    return selected or any(of_group(labels.get(GROUP, ""), group.name) for group in body.node_groups)


def _finding(node: Object, item: InstanceType, have: int, wanted: int) -> Finding:
    name, image = node["metadata"]["name"], node["status"].get("nodeInfo", {}).get("osImage", "")
    if have:
        message = f"{have} of the {wanted} GPUs of a {item.name} are allocatable: the others are broken or not seen"
        fix = f"delete the node, and another comes: kubectl delete node {name}"
    elif image.startswith("Bottlerocket"):
        message = f"none of the {wanted} GPUs of a {item.name} is allocatable: Bottlerocket's own plugin does not run"
        fix = "the NVIDIA variant of Bottlerocket has the plugin: is the node's image one?"
    else:
        message = f"none of the {wanted} GPUs of a {item.name} is allocatable: no device plugin runs on it ({image})"
        fix = "kubectl get pods -n kube-system -l name=nvidia-device-plugin-ds -o wide; run eksgpu apply if it is gone"
    return Finding(ID, Severity.ERROR, f"node {name}", message, fix)


def _gpus(node: Object) -> int:
    """Whole GPUs or slices of them: sharing gives more than there are GPUs, never fewer."""
    allocatable = amounts(node["status"].get("allocatable"))
    return sum(count for name, count in allocatable.items() if name.startswith(DOMAIN))

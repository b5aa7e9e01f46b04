"""Whether nodes that are not ours show the slices that were agreed upon."""

from collections.abc import Iterator

from eksgpu.components.nvidia_device_plugin import mps_name, plugin_name
from eksgpu.components.nvidia_plugin_pod import NAMESPACE
from eksgpu.engine.resource import State
from eksgpu.facts.found_nodes import FoundNodes, found_node
from eksgpu.kube.names import GroupKind
from eksgpu.kube.readiness import readiness
from eksgpu.scheduling.labels import INSTANCE_TYPE
from eksgpu.scheduling.sharing.agreement import disagreements
from eksgpu.scheduling.sharing.seen import Seen
from eksgpu.scheduling.sharing.wish import There
from eksgpu.spec.models import ExistingNodes, GpuCluster
from eksgpu.spec.shared import shared

from .check import check
from .context import VerifyContext
from .finding import Finding, Severity
from .live_cluster import LiveCluster, Object
from .sharing_places import plugin_configs

ID = "existing-nodes-shared"
_AGAIN = "run eksgpu apply --accept conflicts: it puts this back"


@check(ID, "nodes that are not ours show their slices", stage="verify")
def existing_nodes_shared(context: VerifyContext) -> Iterator[Finding]:
    """Their plugin is a DaemonSet of ours, with a configuration of its own; who owns the nodes may take both away, put
    another plugin there, or take off the labels by which the nodes are found.
    """
    cluster = context.cluster
    plans = {one.owner.name: one for one in shared(context.spec.spec, live_nodes(context.spec, cluster))}
    for wanted in context.spec.spec.existing_nodes:
        where = f"spec.existingNodes[{wanted.name}]"
        one = plans.get(wanted.name)
        if one is None:
            message = "no node of the cluster has these labels: nothing is shared"
            yield Finding(ID, Severity.WARNING, where, message, "kubectl get nodes --show-labels")
            continue
        if not _runs(cluster, plugin_name(wanted.name)):
            yield Finding(ID, Severity.ERROR, where, "its device plugin is gone: the nodes show no GPU", "eksgpu apply")
        seen = Seen(
            configs=plugin_configs(cluster.plugin_configs),
            mps_daemon=_runs(cluster, mps_name(wanted.name)),
            nodes={node["metadata"]["name"]: _shows(node) for node in _ready(cluster, wanted)},
        )
        for found in disagreements(one.plan, one.host.kind, seen):
            yield Finding(ID, Severity.ERROR, f"{where}.sharing, {found.place}", found.message, _AGAIN)


def live_nodes(spec: GpuCluster, cluster: LiveCluster) -> There:
    """What the existing nodes of a spec are, by the nodes that are there now."""
    found = {one.name: FoundNodes(tuple(map(found_node, _selected(cluster, one)))) for one in spec.spec.existing_nodes}
    return There(nodes={name: one.host(name) for name, one in found.items() if one.types})


def _selected(cluster: LiveCluster, wanted: ExistingNodes) -> list[Object]:
    return [node for node in cluster.nodes if wanted.selects(node["metadata"].get("labels") or {})]


def _ready(cluster: LiveCluster, wanted: ExistingNodes) -> list[Object]:
    return [node for node in _selected(cluster, wanted) if readiness(GroupKind("Node"), node)[0] is State.READY]


def _shows(node: Object) -> tuple[str, dict[str, str]]:
    return node["metadata"]["labels"].get(INSTANCE_TYPE, ""), node["status"].get("allocatable") or {}


def _runs(cluster: LiveCluster, name: str) -> bool:
    found = (one["metadata"] for one in cluster.daemon_sets)
    return any((one["namespace"], one["name"]) == (NAMESPACE, name) for one in found)

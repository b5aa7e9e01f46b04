"""What was found in a cluster that is there already, so that whoever adds to it sees what it will rely on."""

from collections.abc import Iterator

from eksgpu.components.nvidia_device_plugin import NAME
from eksgpu.facts.found import FoundCluster, FoundKarpenter

from .check import check
from .context import CheckContext
from .finding import Finding, Severity

ID = "existing-cluster"


@check(ID, "what the cluster that is there already runs")
def existing_cluster(context: CheckContext) -> Iterator[Finding]:
    """Pools rely on the Karpenter that runs there, and hand the role of its own nodes to theirs. A device plugin that
    runs already advertises the GPUs of our nodes too, where it comes onto them: then no second one does.
    """
    cluster = context.facts.cluster
    if cluster is None:
        return
    where = f"eks cluster {cluster.name}"
    yield Finding(ID, Severity.NOTE, where, _karpenter(cluster))
    if cluster.karpenter is not None and cluster.karpenter.passes is None and context.spec.spec.node_pools:
        message = (
            f"which roles its Karpenter may hand to nodes could not be read: {cluster.karpenter.node_role} is taken"
        )
        yield Finding(ID, Severity.WARNING, where, message, "look whether its role has iam:PassRole for it")
    for plugin in cluster.plugins:
        message = f"{plugin.namespace}/{plugin.name} ({plugin.image}, by {plugin.by}) advertises GPUs already"
        ours = any(NAME in one.name for one in context.graph)
        fix = "ours comes onto nodes that it leaves out" if ours else "ours is not installed where it comes onto nodes"
        yield Finding(ID, Severity.NOTE, where, message, fix)


def _karpenter(cluster: FoundCluster) -> str:
    found = cluster.karpenter
    if found is None:
        return "it runs no Karpenter: node groups can be added, and GPUs of nodes that are there be shared"
    release = f"Karpenter {found.version}" if found.version else "a Karpenter of unknown version"
    nodes = f"its nodes take role {found.node_role}" if found.node_role else "no role of its nodes was found"
    return f"{release} runs in namespace {found.namespace}, with {_gates(found)}; {nodes}"


def _gates(found: FoundKarpenter) -> str:
    on = sorted(name for name, is_on in found.gates.items() if is_on)
    return f"feature gates {', '.join(on)}" if on else "no feature gate on"

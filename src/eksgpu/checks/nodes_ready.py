"""Whether the nodes that are there are Ready, and each node group has as many as the spec keeps."""

from collections import Counter
from collections.abc import Iterator

from eksgpu.engine.resource import State
from eksgpu.kube.names import GroupKind
from eksgpu.kube.readiness import readiness

from .check import check
from .context import VerifyContext
from .finding import Finding, Severity
from .live_cluster import GROUP, of_group

ID = "nodes-ready"
_NODE = GroupKind("Node")


@check(ID, "every node is Ready, and no node group lacks any", stage="verify")
def nodes_ready(context: VerifyContext) -> Iterator[Finding]:
    """A node that is not Ready takes no pods. A node group that stays short of nodes has no capacity, no way out of its
    subnet, or an image that does not join.
    """
    ready: Counter[str] = Counter()
    for node in context.cluster.nodes:
        name, state, why = node["metadata"]["name"], *readiness(_NODE, node)
        if state is State.READY:
            ready[(node["metadata"].get("labels") or {}).get(GROUP, "")] += 1
        elif state is not State.DELETING:
            message = f"it is not Ready: {why}"
            yield Finding(ID, Severity.ERROR, f"node {name}", message, f"kubectl describe node {name}")
    for group in context.spec.spec.node_groups:
        have = sum(count for label, count in ready.items() if of_group(label, group.name))
        if have < group.min:
            where = f"spec.nodeGroups[{group.name}]"
            message = f"{have} of its nodes are Ready, and it keeps {group.min} at least"
            fix = f"look at the group's health issues: aws eks describe-nodegroup --nodegroup-name {group.name} …"
            yield Finding(ID, Severity.ERROR, where, message, fix)

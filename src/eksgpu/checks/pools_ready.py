"""Whether Karpenter has taken the spec's pools and classes, and says that it can make nodes from them."""

from collections.abc import Iterable, Iterator

from eksgpu.engine.resource import State
from eksgpu.kube.names import GroupKind
from eksgpu.kube.readiness import readiness

from .check import check
from .context import VerifyContext
from .finding import Finding, Severity
from .live_cluster import Objects

ID = "pools-ready"
_POOL, _CLASS = GroupKind("NodePool", "karpenter.sh"), GroupKind("EC2NodeClass", "karpenter.k8s.aws")


@check(ID, "every NodePool and EC2NodeClass of the spec is there and Ready", stage="verify")
def pools_ready(context: VerifyContext) -> Iterator[Finding]:
    """Karpenter starts nothing for a pool that is not Ready: its class finds no subnet, security group or image, or the
    instance profile could not be made. Pods then stay Pending, without a word on them.
    """
    pools = context.spec.spec.node_pools
    if not pools:
        return
    if "node_pools" in context.cluster.unserved:
        message = "the cluster knows no NodePools: Karpenter's CRDs are not there"
        yield Finding(ID, Severity.ERROR, "spec.nodePools", message, "run eksgpu apply")
        return
    classes = dict.fromkeys(pool.node_class for pool in pools)
    yield from _ready(_CLASS, classes, context.cluster.node_classes)
    yield from _ready(_POOL, [pool.name for pool in pools], context.cluster.node_pools)


def _ready(group_kind: GroupKind, names: Iterable[str], there: Objects) -> Iterator[Finding]:
    by_name = {one["metadata"]["name"]: one for one in there}
    for name in names:
        where, found = f"{group_kind.kind} {name}", by_name.get(name)
        if found is None:
            yield Finding(ID, Severity.ERROR, where, "the spec has it, and the cluster does not", "run eksgpu apply")
            continue
        state, why = readiness(group_kind, found)
        if state is not State.READY:
            yield Finding(
                ID,
                Severity.ERROR,
                where,
                f"it is not Ready: {why}",
                f"kubectl describe {group_kind.kind.lower()} {name}",
            )

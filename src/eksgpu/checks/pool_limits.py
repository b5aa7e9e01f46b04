"""What the limits of pools admit: no node at all, more than anybody meant, or what they are by default."""

from collections.abc import Iterator

from eksgpu.facts.ceiling import most_nodes
from eksgpu.spec.models import NodePool

from .check import check
from .context import CheckContext
from .finding import Finding, Severity

ID = "pool-limits"


@check(ID, "every pool has limits that admit a node and stop somewhere")
def pool_limits(context: CheckContext) -> Iterator[Finding]:
    """A pool grows as long as pods ask, and a mistake in a Deployment's replicas can start many nodes of the dearest
    type. So pools with accelerators are limited to two nodes of their largest type unless the spec says otherwise.
    """
    for pool in context.spec.spec.node_pools:
        where = f"spec.nodePools[{pool.name}].limits"
        if pool.replicas is not None:
            continue
        counts = [most_nodes(pool.effective_limits, item) for item in pool.types]
        if not any(count is None or count > 0 for count in counts):
            yield Finding(ID, Severity.ERROR, where, _too_small(pool), "raise them to one node of the pool at least")
        elif None in counts:
            message = "nothing limits the pool: it grows as long as pods ask, up to the quotas"
            fix = f"set limits, such as {{{_suggested(pool)}: {_two_nodes(pool)}}}"
            yield Finding(ID, Severity.WARNING, where, message, fix)
        elif pool.limits is None and pool.accelerated:
            message = f"at most {_told(pool)}: two nodes of the largest type, by default"
            yield Finding(ID, Severity.NOTE, where, message, "set limits for more, or limits: unlimited")


def _too_small(pool: NodePool) -> str:
    smallest = min(pool.types, key=lambda item: (item.gpu_count, item.vcpus))
    return f"{_told(pool)} is less than the smallest node has ({smallest.name}): no node will ever be made"


def _told(pool: NodePool) -> str:
    return ", ".join(f"{name}: {amount}" for name, amount in pool.effective_limits.items())


def _suggested(pool: NodePool) -> str:
    return "nvidia.com/gpu" if any(item.gpu_count for item in pool.types) else "cpu"


def _two_nodes(pool: NodePool) -> int:
    return max(2 * (item.gpu_count or item.vcpus) for item in pool.types)

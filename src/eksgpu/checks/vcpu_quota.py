"""Whether the account's vCPU quotas hold the nodes: in a fresh account every GPU family has a quota of 0."""

from collections import Counter
from collections.abc import Iterator, Sequence

from eksgpu.spec.models import ClusterSpec, NodeGroup

from .check import check
from .context import CheckContext
from .finding import Finding, Severity
from .room import increase
from .vcpu_demand import Demand, of_group, of_pool

ID = "vcpu-quota"


@check(ID, "the vCPU quotas hold every node group and pool")
def vcpu_quota(context: CheckContext) -> Iterator[Finding]:
    """EC2 limits vCPUs by instance family, on demand and Spot apart. Without quota a node group fails after minutes,
    and a pool never gets a node, which looks like missing capacity. Instances that run already count as well; how many
    those are is not looked up.
    """
    body, quotas = context.spec.spec, context.facts.quotas
    taken = Counter[str]()
    for group in body.node_groups:
        for demand in of_group(group):
            if demand.quota.code in quotas:
                taken[demand.quota.code] += demand.now
                yield from _group(context, group, demand, taken[demand.quota.code])
    yield from _pools(context, body, taken)


def _group(context: CheckContext, group: NodeGroup, demand: Demand, taken: int) -> Iterator[Finding]:
    """taken: vCPUs of this group and of those before it, with their desired nodes."""
    limit = context.facts.quotas[demand.quota.code]
    if taken > limit:
        message = (
            f"{group.desired} x {demand.smallest} {_said(demand)} do not fit: with the groups before it that makes "
            f"{taken} vCPUs, and the quota {demand.quota.code} ({demand.quota.name}) is {limit:g}"
        )
        yield Finding(ID, Severity.ERROR, demand.where, message, _fix(context, demand, taken))
        return
    most = taken - demand.now + (demand.most or 0)
    if most > limit:
        message = (
            f"it cannot grow to max: {group.max}, which takes {most} vCPUs {_said(demand)}; "
            f"the quota {demand.quota.code} ({demand.quota.name}) is {limit:g}"
        )
        yield Finding(ID, Severity.WARNING, demand.where, message, _fix(context, demand, most))


def _pools(context: CheckContext, body: ClusterSpec, taken: Counter[str]) -> Iterator[Finding]:
    for pool in body.node_pools:
        demands = [demand for demand in of_pool(pool) if demand.quota.code in context.facts.quotas]
        # Capacity that no quota limits, or whose quota is not known, always has room.
        bounded = set(pool.capacity) == {demand.capacity for demand in demands}
        shut = [demand for demand in demands if _left(context, demand, taken) < demand.node]
        if bounded and len(shut) == len(demands):
            yield _no_node(context, shut, taken)
        else:
            yield from (_no_way(context, demand, taken) for demand in shut)
            if bounded:
                yield from _short(context, [demand for demand in demands if demand not in shut], taken)


def _no_node(context: CheckContext, shut: Sequence[Demand], taken: Counter[str]) -> Finding:
    tried = "; ".join(_has(context, demand, taken) for demand in shut)
    message = f"not one node fits, {shut[0].smallest} is the smallest with {shut[0].node} vCPUs: {tried}"
    first = shut[0]
    wanted = taken[first.quota.code] + (first.most or first.node)
    return Finding(ID, Severity.ERROR, first.where, message, _fix(context, first, wanted))


def _no_way(context: CheckContext, demand: Demand, taken: Counter[str]) -> Finding:
    message = (
        f"no node comes {_said(demand)}: {demand.smallest} has {demand.node} vCPUs, {_has(context, demand, taken)}"
    )
    wanted = taken[demand.quota.code] + (demand.most or demand.node)
    return Finding(ID, Severity.WARNING, demand.where, message, _fix(context, demand, wanted))


def _short(context: CheckContext, demands: Sequence[Demand], taken: Counter[str]) -> Iterator[Finding]:
    """A warning when all quotas together stop the pool before its own limits do."""
    mosts = [demand.most for demand in demands if demand.most is not None]
    if len(mosts) < len(demands):  # without limits the quotas are the limits
        return
    room = sum(max(0, _left(context, demand, taken)) for demand in demands)
    most = max(mosts)
    if room >= most:
        return
    first = demands[0]
    each = "; ".join(_has(context, demand, taken) for demand in demands)
    message = f"its limits let it grow to {most} vCPUs, the quotas to {room:g}: {each}"
    fix = _fix(context, first, taken[first.quota.code] + most)
    yield Finding(ID, Severity.WARNING, first.where, message, fix)


def _left(context: CheckContext, demand: Demand, taken: Counter[str]) -> float:
    return context.facts.quotas[demand.quota.code] - taken[demand.quota.code]


def _has(context: CheckContext, demand: Demand, taken: Counter[str]) -> str:
    code = demand.quota.code
    used = f", of which node groups take {taken[code]}" if taken[code] else ""
    return f"{_said(demand)} the quota {code} ({demand.quota.name}) is {context.facts.quotas[code]:g}{used}"


def _said(demand: Demand) -> str:
    return "on Spot" if demand.capacity == "spot" else "on demand"


def _fix(context: CheckContext, demand: Demand, wanted: float) -> str:
    return f"ask for more: {increase(demand.quota, wanted, context.run.region)}"

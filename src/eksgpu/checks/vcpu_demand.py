"""What a spec asks of the vCPU quotas: node by node, on demand and on Spot apart. Pure arithmetic on the catalogue."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from eksgpu.catalog.instance import InstanceType
from eksgpu.catalog.quota import Quota, vcpu_class
from eksgpu.facts.ceiling import most_nodes
from eksgpu.spec.models import NodeGroup, NodePool


@dataclass(frozen=True)
class Demand:
    """vCPUs of one group or pool that count against one quota.

    where:  its path in the spec.
    now:    from the start: a group's desired nodes; 0 for a pool.
    node:   its smallest node, and the type that this is.
    most:   at its limits; None when it has none.
    """

    where: str
    quota: Quota
    capacity: str
    now: int
    node: int
    smallest: str
    most: int | None


def of_group(group: NodeGroup) -> Iterator[Demand]:
    """What a node group asks for; nothing for capacity that no quota limits (capacity blocks, reservations)."""
    where = f"spec.nodeGroups[{group.name}]"
    for quota, types in _by_quota(group.types, group.capacity):
        least, most = min(types, key=_vcpus), max(types, key=_vcpus)
        yield Demand(
            where, quota, group.capacity, group.desired * least.vcpus, least.vcpus, least.name, group.max * most.vcpus
        )


def of_pool(pool: NodePool) -> Iterator[Demand]:
    """What a pool may come to ask for, one for each quota that its types and capacities count against."""
    where = f"spec.nodePools[{pool.name}]"
    for capacity in pool.capacity:
        for quota, types in _by_quota(pool.types, capacity):
            least = min(types, key=_vcpus)
            yield Demand(where, quota, capacity, 0, least.vcpus, least.name, _most(pool, types))


def _most(pool: NodePool, types: Iterable[InstanceType]) -> int | None:
    counts = [(most_nodes(pool.effective_limits, item), item.vcpus) for item in types]
    return max((nodes * vcpus for nodes, vcpus in counts if nodes is not None), default=None)


def _by_quota(types: Iterable[InstanceType], capacity: str) -> Iterator[tuple[Quota, list[InstanceType]]]:
    found: dict[str, tuple[Quota, list[InstanceType]]] = {}
    for item in types:
        counted = vcpu_class(item)
        quota = counted.quota(capacity) if counted and capacity in item.usage else None
        if quota:
            found.setdefault(quota.code, (quota, []))[1].append(item)
    yield from found.values()


def _vcpus(item: InstanceType) -> tuple[int, str]:
    return item.vcpus, item.name

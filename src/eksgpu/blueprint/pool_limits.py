"""What pools may grow to: the limits that hold, and whether anybody asked for them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from eksgpu.facts.ceiling import most_nodes
from eksgpu.spec.models import GpuCluster, NodePool


@dataclass(frozen=True)
class PoolLimit:
    """One pool.

    limits: resource → most of it; empty when unlimited.
    nodes:  the most nodes that they admit, all of the smallest type; None when nothing limits them.
    source: `spec`, `default`, or `replicas` where the number of nodes is given.
    """

    pool: str
    limits: dict[str, str]
    nodes: int | None
    source: str

    def as_json(self) -> dict[str, Any]:
        return {"pool": self.pool, "limits": self.limits, "nodes": self.nodes, "source": self.source}


def pool_limits(spec: GpuCluster) -> tuple[PoolLimit, ...]:
    """The limits of every pool, in the order of the spec."""
    return tuple(_limits(spec))


def _limits(spec: GpuCluster) -> Iterator[PoolLimit]:
    for pool in spec.spec.node_pools:
        limits = {name: str(amount) for name, amount in pool.effective_limits.items()}
        yield PoolLimit(pool.name, limits, _nodes(pool), _source(pool))


def _nodes(pool: NodePool) -> int | None:
    if pool.replicas is not None:
        return pool.replicas
    counts = [most_nodes(pool.effective_limits, item) for item in pool.types]
    known = [count for count in counts if count is not None]
    return max(known) if len(known) == len(counts) else None


def _source(pool: NodePool) -> str:
    if pool.replicas is not None:
        return "replicas"
    return "default" if pool.limits is None else "spec"

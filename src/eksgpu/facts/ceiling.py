"""Ceilings: how many nodes of an instance type the limits of a pool admit. Pure arithmetic on the catalogue."""

from collections.abc import Mapping

from eksgpu.catalog.instance import InstanceType
from eksgpu.units import Quantity


def most_nodes(limits: Mapping[str, Quantity], item: InstanceType) -> int | None:
    """Nodes of this type until one of the limits is reached; None when no limit binds it.

    limits: resource → most of it in the whole pool, as Karpenter's NodePool has them.
    """
    on_one_node = {
        "nodes": 1,
        "cpu": item.vcpus,
        "memory": item.memory_mib * 2**20,
        "nvidia.com/gpu": item.gpu_count,
        "aws.amazon.com/neuron": item.accelerator_count,
    }
    counts = [int(limit.number // on_one_node[name]) for name, limit in limits.items() if on_one_node.get(name)]
    return min(counts, default=None)

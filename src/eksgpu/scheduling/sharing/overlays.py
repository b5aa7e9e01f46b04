"""What Karpenter must be told of a pool's nodes: how many slices each will have, by its number of GPUs.

Without it Karpenter plans one node for every slice, or none where slices have a name of their own. An overlay replaces
what EC2 reports; scoped to the pool, since another pool's GPUs are whole. Source: Karpenter v1.14.1, NodeOverlay.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from eksgpu.catalog.instance import InstanceType
from eksgpu.scheduling.labels import whole_gpus
from eksgpu.scheduling.resources import NVIDIA_GPU

from .slices import advertised
from .wish import Host, Wish

_FIRST_WEIGHT = 100


@dataclass(frozen=True)
class Overlay:
    """One NodeOverlay.

    gpus:     the value of Karpenter's label for the number of GPUs; 0 for fractions of one.
    capacity: resource → count; nvidia.com/gpu is 0 where slices have another name.
    weight:   distinct in the pool: of overlays of one weight that meet, the later is not applied at all.
    """

    name: str
    pool: str
    gpus: int
    capacity: Mapping[str, int]
    weight: int


def overlays(wish: Wish, host: Host) -> tuple[Overlay, ...]:
    """One for each number of GPUs that the pool's nodes may have, the smallest first."""
    by_count: dict[int, InstanceType] = {}
    for item in sorted(host.types, key=lambda item: (whole_gpus(item), item.name)):
        by_count.setdefault(whole_gpus(item), item)
    return tuple(
        Overlay(
            name=f"{host.name}-{count}-gpu",
            pool=host.name,
            gpus=count,
            capacity={NVIDIA_GPU: 0, **advertised(wish, item)},
            weight=_FIRST_WEIGHT + position,
        )
        for position, (count, item) in enumerate(by_count.items())
    )

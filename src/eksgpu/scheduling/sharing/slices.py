"""What one GPU becomes: which resources a node advertises, and how many of each."""

from collections.abc import Mapping

from eksgpu.catalog import gpu
from eksgpu.catalog.instance import InstanceType
from eksgpu.catalog.mig import Geometry, Layout
from eksgpu.scheduling.resources import NVIDIA_GPU, total

from .wish import BALANCED, Strategy, Wish

SHARED = f"{NVIDIA_GPU}.shared"
"""NVIDIA's name for a slice under `renameByDefault`."""


def advertised(wish: Wish, item: InstanceType) -> dict[str, int]:
    """Resource → count on a node of this type, once its plugin runs. The wish must be one that is not refused."""
    if wish.strategy is not Strategy.MIG:
        return {SHARED if wish.rename else NVIDIA_GPU: item.gpu_count * wish.replicas}
    geometry = geometry_of(item)
    assert geometry is not None, f"{item.name} has no MIG"
    instances = total(layouts(wish, geometry, item.gpu_count))
    if not wish.rename:
        return {NVIDIA_GPU: sum(instances.values())}
    return {geometry.profiles[name].resource: count for name, count in sorted(instances.items())}


def layouts(wish: Wish, geometry: Geometry, gpus: int) -> tuple[Layout, ...]:
    """The layout of each GPU of a node. KeyError for a profile that the model lacks."""
    if wish.profile == BALANCED:
        each: tuple[Layout, ...] = (geometry.balanced,)
    elif wish.profile:
        each = (geometry.uniform(wish.profile),)
    else:
        each = wish.layouts
    return each * gpus if len(each) == 1 else each


def geometry_of(item: InstanceType) -> Geometry | None:
    """How MIG cuts the GPUs of a type; None for no or only a part of such a GPU."""
    model = gpu.of_type(item)
    return model.geometry if model is not None and item.gpu_partition >= 1 else None


def uniform(wish: Wish) -> bool:
    """Are all slices of a node alike, so that one name can stand for them?"""
    if wish.strategy is not Strategy.MIG:
        return True
    if wish.profile:
        return wish.profile != BALANCED
    return all(layout == wish.layouts[0] and len(layout) == 1 for layout in wish.layouts)


def smallest_slice_bytes(wish: Wish, item: InstanceType) -> Mapping[str, int]:
    """Resource → memory of its smallest slice on a node of this type, in bytes."""
    if wish.strategy is not Strategy.MIG:
        (resource,) = advertised(wish, item)
        return {resource: item.gpu_memory_mib * 2**20 // wish.replicas}
    geometry = geometry_of(item)
    assert geometry is not None, f"{item.name} has no MIG"
    used = {name for layout in layouts(wish, geometry, item.gpu_count) for name, count in layout.items() if count}
    by_name = {name: geometry.profiles[name] for name in used}
    return {one.resource: one.memory_gb * 10**9 for one in by_name.values()}

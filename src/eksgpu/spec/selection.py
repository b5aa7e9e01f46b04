"""How a pool chooses instance types: by GPU, name, family, category, generation, size and architecture.

What it says is meant all at once. Which types fit is answered from the catalogue; which of them a region offers and
has, only AWS knows.
"""

from collections.abc import Iterator
from functools import cached_property
from typing import Annotated, Any

from pydantic import Field, Tag

from eksgpu.catalog import gpu, instance
from eksgpu.catalog.instance import InstanceType
from eksgpu.spec.base import Fault, SpecModel
from eksgpu.spec.fields import (
    Arch,
    Capacity,
    GpuName,
    InstanceCategory,
    InstanceFamily,
    InstanceTypeName,
    Size,
    alternatives,
)
from eksgpu.spec.ranges import MemoryRange, Range
from eksgpu.spec.requirement import Requirement
from eksgpu.spec.shapes import LIST, MAPPING, by_shape
from eksgpu.units import Bytes

GENERAL = ("c", "m", "r")
"""What a pool that names nothing else takes: no GPU, no burstable type slips in."""

_NAMING = frozenset({"gpu", "instanceTypes", "instanceFamilies"})
"""What people mean most when fields contradict each other."""


class Gpu(SpecModel):
    """The GPUs of a node, by what they are; the instance types follow."""

    name: GpuName
    """The model: h100, a100, l4, a10g and so on."""
    count: Annotated[int, Field(ge=1)] | None = None
    """GPUs on one node; any number when unset."""
    memory: Size | None = None
    """Memory of one GPU, for a model that is sold in two sizes: a100 with 40Gi or 80Gi."""

    @property
    def types(self) -> tuple[InstanceType, ...]:
        """The instance types with whole GPUs of this model, this many, with this much memory."""
        return tuple(item for item in instance.instances().values() if self.fits(item))

    def fits(self, item: InstanceType) -> bool:
        """Does a node of this type carry these GPUs?"""
        if item.gpu_name != self.name or item.gpu_partition < 1:
            return False
        return self.count in (None, item.gpu_count) and item.gpu_memory_mib in self._memories

    def faults(self) -> Iterator[Fault]:
        models = gpu.named(self.name)
        if not self._memories:
            sizes = " or ".join(f"{model.marketed_gb}Gi" for model in models)
            yield Fault(("memory",), f"no {self.name} on EC2 has {self.memory} of memory", f"it has {sizes}")
        elif not self.types:
            counts = sorted({item.gpu_count for model in models for item in model.types})
            hint = f"there are types with {alternatives([str(count) for count in counts])}"
            yield Fault(("count",), f"no instance type has {self.count} {self.name} GPUs", hint)

    @cached_property
    def _memories(self) -> frozenset[int]:
        """What EC2 reports, in MiB, for one GPU of the models that are meant."""
        models = gpu.named(self.name)
        return frozenset(model.memory_mib for model in models if self.memory is None or self._is(self.memory, model))

    @staticmethod
    def _is(memory: Bytes, model: gpu.GpuModel) -> bool:
        exact = model.memory_mib * 2**20
        return memory.count in (exact, model.marketed_gb * 2**30, model.marketed_gb * 10**9)


def _named(data: dict[str, Any]) -> bool:
    return any(data.get(name) for name in ("gpu", "instance_types", "instance_families"))


def _general(data: dict[str, Any]) -> tuple[str, ...]:
    return () if _named(data) else GENERAL


def _recent(data: dict[str, Any]) -> Range | None:
    # As Karpenter's own getting-started pool: the first two generations are slow and dear for what they do.
    return None if _named(data) else Range(min=3)


class Selection(SpecModel):
    """Which instance types a pool may use."""

    gpu: Gpu | None = None
    """The GPUs of a node."""
    instance_types: tuple[InstanceTypeName, ...] = ()
    """Only these instance types."""
    instance_families: tuple[InstanceFamily, ...] = ()
    """Only these families, such as g6e."""
    instance_categories: tuple[InstanceCategory, ...] = Field(default_factory=_general)
    """Only these categories, such as c, m, r; those three when nothing else is named."""
    generation: Range | None = Field(default_factory=_recent)
    """Instance generations, such as {min: 7}; from 3 on when neither GPUs, families nor types are named."""
    arch: Arch | None = None
    """The architecture; amd64 unless GPUs, families or types are named, which then decide."""
    vcpus: (
        Annotated[
            Annotated[Range, Tag(MAPPING)] | Annotated[tuple[int, ...], Tag(LIST)],
            by_shape("a list of numbers, or a mapping with min and max"),
        ]
        | None
    ) = None
    """vCPUs of a node: {min: 4, max: 32}, or a list of the numbers allowed."""
    memory: MemoryRange | None = None
    """Memory of a node: {min: 16Gi, max: 256Gi}."""
    requirements: tuple[Requirement, ...] = ()
    """Karpenter requirements added as they stand, for what has no field here."""
    capacity: tuple[Capacity, ...] = ("on-demand",)
    """How instances may be bought; reserved comes before spot, spot before on-demand."""

    @cached_property
    def types(self) -> tuple[InstanceType, ...]:
        """Every instance type of the catalogue that fits; `requirements` are not looked at."""
        return tuple(item for item in instance.instances().values() if self._fits(item))

    @property
    def accelerated(self) -> bool:
        """Do its nodes carry GPUs or AWS's accelerators?"""
        return any(item.accelerated for item in self.types)

    def faults(self) -> Iterator[Fault]:
        if not self.capacity:
            yield Fault(("capacity",), "the list is empty: no instance could be bought", "write [on-demand]")
        elif not self.types:
            yield Fault((), "no instance type fits: the fields exclude each other", self._blame())

    def _fits(self, item: InstanceType) -> bool:
        return all(fits for _, fits in self._verdicts(item))

    def _verdicts(self, item: InstanceType) -> Iterator[tuple[str, bool]]:
        """Field by field: may the type be used?"""
        arch = self.arch or ("amd64" if self.instance_categories else None)
        yield "gpu", self.gpu is None or self.gpu.fits(item)
        yield "instanceTypes", not self.instance_types or item.name in self.instance_types
        yield "instanceFamilies", not self.instance_families or item.family in self.instance_families
        yield "instanceCategories", not self.instance_categories or item.category in self.instance_categories
        yield "generation", self.generation is None or item.generation in self.generation
        yield "arch", arch in (None, item.arch)
        yield "vcpus", self.vcpus is None or item.vcpus in self.vcpus
        yield "memory", self.memory is None or item.memory_mib in self.memory
        yield "capacity", "reserved" in self.capacity or not set(self.capacity).isdisjoint(item.usage)

    def _blame(self) -> str:
        """The type that comes closest, and what keeps it out."""

        def distance(item: InstanceType) -> tuple[int, int]:
            refused = self._refused(item)
            return len(_NAMING.intersection(refused)), len(refused)

        nearest = min(instance.instances().values(), key=distance)
        return f"{nearest.name} would fit but for {', '.join(self._refused(nearest))}"

    def _refused(self, item: InstanceType) -> list[str]:
        return [name for name, fits in self._verdicts(item) if not fits]

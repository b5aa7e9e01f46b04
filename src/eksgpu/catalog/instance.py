"""EC2 instance types: what they are, what they cost on demand, which quota they count against.

The table holds every type that a node can be and that EC2 described on the data's date; a region may offer fewer
(that is for `facts`). It must not know of Kubernetes objects or of specs.
"""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from eksgpu.catalog import load


@dataclass(frozen=True, slots=True)
class InstanceType:
    """One row of the table. Sizes are MiB, instance store decimal GB, prices USD per hour; None means unknown."""

    name: str
    """`p5.48xlarge`"""
    arch: str
    """`amd64` or `arm64`, as Kubernetes spells it."""
    category: str
    """The letters that Karpenter calls the instance category: `p`, `g`, `gr`, `m`, `trn`."""
    generation: int
    vcpus: int
    memory_mib: int
    gpu_name: str | None
    """Karpenter's value of `karpenter.k8s.aws/instance-gpu-name`: `h100`."""
    gpu_count: int
    gpu_memory_mib: int
    """Memory of one GPU, or of the fraction of one."""
    gpu_partition: float
    """Less than 1 where the type has a fraction of one GPU (g6f), which Karpenter counts as none."""
    accelerator_name: str | None
    """AWS's own accelerators: `trainium`, `inferentia2`."""
    accelerator_count: int
    neuron_cores: int
    nvme_disks: int
    nvme_disk_gb: int
    network_mbps: int | None
    network_cards: int
    network_interfaces: int
    efa_interfaces: int
    bare_metal: bool
    usage: tuple[str, ...]
    """How it can be bought: `on-demand`, `spot`, `capacity-block`."""
    us_east_1_usd_per_hour: float | None
    """Linux on demand in us-east-1; None where it is not sold there."""
    allocatable_cpu_milli: int | None
    """What Kubernetes can give to pods on AL2023 with the defaults, as Karpenter computes it; None when unknown."""
    allocatable_memory_mib: int | None
    allocatable_pods: int | None

    @property
    def family(self) -> str:
        """`p5` of `p5.48xlarge`."""
        return self.name.partition(".")[0]

    @property
    def nvme_gb(self) -> int:
        """All of its instance store, in decimal GB; 0 for types with EBS only."""
        return self.nvme_disks * self.nvme_disk_gb

    @property
    def accelerated(self) -> bool:
        """Does it carry a GPU (or a fraction of one) or an accelerator of AWS's own?"""
        return self.gpu_count > 0 or self.accelerator_count > 0


@dataclass(frozen=True, slots=True)
class RetiredType:
    """A type that no region offers any more, with what stands in for it."""

    name: str
    gpu: str
    """`4x V100, 16 GiB each`"""
    us_east_1_usd_per_hour: float
    """The last list price."""
    stand_ins: tuple[str, ...]
    why: str


@cache
def instances() -> Mapping[str, InstanceType]:
    """Every type by its name, ordered by family and size."""
    table = load.rows("instances")
    columns = {name: position for position, name in enumerate(next(table))}
    return {row[0]: _parse(row, columns) for row in table}


def instance(name: str) -> InstanceType | None:
    """The type of that name, or None if the table has none."""
    return instances().get(name)


@cache
def families() -> Mapping[str, tuple[InstanceType, ...]]:
    """The types of each family, by the family's name."""
    found: dict[str, list[InstanceType]] = {}
    for item in instances().values():
        found.setdefault(item.family, []).append(item)
    return {name: tuple(items) for name, items in found.items()}


@cache
def retired() -> Mapping[str, RetiredType]:
    """The types that seeds and old articles still name, and that can no longer be started."""
    return {
        entry["name"]: RetiredType(
            name=entry["name"],
            gpu=entry["gpu"],
            us_east_1_usd_per_hour=entry["usEast1UsdPerHour"],
            stand_ins=tuple(entry["standIns"]),
            why=entry["why"],
        )
        for entry in load.document("retired_instances")["types"]
    }


def closest(name: str) -> str | None:
    """The type whose name looks most like a misspelt one, or None when nothing does."""
    wanted = name.strip().lower().removeprefix("ml.")
    family, _, size = wanted.partition(".")
    if family in families():  # the family is right: look for the size only
        sizes = {item.name.partition(".")[2]: item.name for item in families()[family]}
        near = difflib.get_close_matches(size, sizes, n=1, cutoff=0.0)
        return sizes[near[0]] if near else None
    near = difflib.get_close_matches(wanted, instances(), n=1, cutoff=0.75)
    return near[0] if near else None


def _parse(row: list[str], columns: Mapping[str, int]) -> InstanceType:
    def text(column: str) -> str:
        return row[columns[column]]

    def number(column: str) -> int:
        return int(text(column) or 0)

    def known(column: str) -> int | None:
        return int(text(column)) if text(column) else None

    price = text("us_east_1_usd_per_hour")
    return InstanceType(
        name=text("type"),
        arch=text("arch"),
        category=text("category"),
        generation=number("generation"),
        vcpus=number("vcpus"),
        memory_mib=number("memory_mib"),
        gpu_name=text("gpu_name") or None,
        gpu_count=number("gpu_count"),
        gpu_memory_mib=number("gpu_memory_mib"),
        gpu_partition=float(text("gpu_partition") or 1),
        accelerator_name=text("accelerator_name") or None,
        accelerator_count=number("accelerator_count"),
        neuron_cores=number("neuron_cores"),
        nvme_disks=number("nvme_disks"),
        nvme_disk_gb=number("nvme_disk_gb"),
        network_mbps=known("network_mbps"),
        network_cards=number("network_cards"),
        network_interfaces=number("network_interfaces"),
        efa_interfaces=number("efa_interfaces"),
        bare_metal=text("bare_metal") == "yes",
        usage=tuple(text("usage").split()),
        us_east_1_usd_per_hour=float(price) if price else None,
        allocatable_cpu_milli=known("allocatable_cpu_milli"),
        allocatable_memory_mib=known("allocatable_memory_mib"),
        allocatable_pods=known("allocatable_pods"),
    )

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
    gpu_name: str
    gpu_count: int
    gpu_memory_mib: int
    vcpus: int
    memory_mib: int
    network_gbps: float
    us_east_1_usd_per_hour: float
    """The last list price."""
    stand_ins: tuple[str, ...]
    """Types that can be started instead, the closest first."""
    why: str

    @property
    def family(self) -> str:
        """`p3` of `p3.2xlarge`."""
        return self.name.partition(".")[0]


@cache
def instances() -> Mapping[str, InstanceType]:
    """Every type by its name, in the order of names."""
    table = load.rows("instances")
    next(table)  # the names of the columns
    return {row[0]: _parse(row) for row in table}


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
            gpu_name=entry["gpuName"],
            gpu_count=entry["gpuCount"],
            gpu_memory_mib=entry["gpuMemoryMib"],
            vcpus=entry["vcpus"],
            memory_mib=entry["memoryMib"],
            network_gbps=entry["networkGbps"],
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


def _parse(row: list[str]) -> InstanceType:
    """One row of the file, whose columns stand in the order of the fields."""
    (name, arch, category, generation, vcpus, memory_mib, *accelerators, nvme_disks, nvme_disk_gb) = row[:15]
    (gpu_name, gpu_count, gpu_memory_mib, gpu_partition, accelerator_name, accelerator_count, cores) = accelerators
    (network_mbps, network_cards, network_interfaces, efa_interfaces, bare_metal, usage, price, *allocatable) = row[15:]
    return InstanceType(
        name=name,
        arch=arch,
        category=category,
        generation=int(generation),
        vcpus=int(vcpus),
        memory_mib=int(memory_mib),
        gpu_name=gpu_name or None,
        gpu_count=int(gpu_count or 0),
        gpu_memory_mib=int(gpu_memory_mib or 0),
        gpu_partition=float(gpu_partition or 1),
        accelerator_name=accelerator_name or None,
        accelerator_count=int(accelerator_count or 0),
        neuron_cores=int(cores or 0),
        nvme_disks=int(nvme_disks or 0),
        nvme_disk_gb=int(nvme_disk_gb or 0),
        network_mbps=int(network_mbps) if network_mbps else None,
        network_cards=int(network_cards),
        network_interfaces=int(network_interfaces),
        efa_interfaces=int(efa_interfaces or 0),
        bare_metal=bare_metal == "yes",
        usage=tuple(usage.split()),
        us_east_1_usd_per_hour=float(price) if price else None,
        allocatable_cpu_milli=int(allocatable[0]) if allocatable[0] else None,
        allocatable_memory_mib=int(allocatable[1]) if allocatable[1] else None,
        allocatable_pods=int(allocatable[2]) if allocatable[2] else None,
    )

"""One line about an accelerated instance type: what it has and what it costs, the same for list, show and recommend.

Prices are the catalogue's: Linux on demand in us-east-1. Retired types keep their line, with what stands in for them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from eksgpu.catalog import gpu, load
from eksgpu.catalog.accelerator import accelerators
from eksgpu.catalog.instance import InstanceType, RetiredType, instances, retired
from eksgpu.catalog.network import burst_gbps
from eksgpu.catalog.purpose import families


@dataclass(frozen=True)
class GpuRow:
    """An instance type.

    device:       what it carries: `h100`, `trainium`. `part` is below 1 for a fraction of a GPU.
    memory_gb:    of one device, as its vendor counts; of the fraction, where it is one.
    network_gbps: None when unknown; `burst` says that small sizes hold less for long.
    zones:        those of the region that was asked about; None when none was.
    stand_ins:    of a retired type.
    """

    type: str
    family: str
    device: str
    count: int
    part: float
    memory_gb: float
    bf16: bool
    fp8: bool
    arch: str
    vcpus: int
    memory_gib: float
    network_gbps: float | None
    burst: bool
    usage: tuple[str, ...]
    usd_per_hour: float | None
    zones: tuple[str, ...] | None = None
    stand_ins: tuple[str, ...] = ()
    why_retired: str = ""

    @property
    def usd_per_device(self) -> float | None:
        """Of one GPU or accelerator, or of the fraction that the type has."""
        return None if self.usd_per_hour is None else self.usd_per_hour / self.count

    @property
    def usd_per_gb(self) -> float | None:
        """Of a GB of the devices' memory."""
        return None if self.usd_per_hour is None else self.usd_per_hour / (self.count * self.memory_gb)

    def as_json(self) -> dict[str, Any]:
        return {
            "type": self.type,
            "family": self.family,
            "use": families()[self.family].use,
            "device": self.device,
            "count": self.count,
            "part": self.part,
            "memoryGb": round(self.memory_gb, 2),
            "bf16": self.bf16,
            "fp8": self.fp8,
            "arch": self.arch,
            "vcpus": self.vcpus,
            "memoryGib": self.memory_gib,
            "networkGbps": self.network_gbps,
            "networkIsBurst": self.burst,
            "usage": list(self.usage),
            "usdPerHour": self.usd_per_hour,
            "usdPerDeviceHour": _rounded(self.usd_per_device),
            "usdPerGbHour": _rounded(self.usd_per_gb),
            "zones": None if self.zones is None else list(self.zones),
            "retired": bool(self.stand_ins),
            "standIns": list(self.stand_ins),
            "whyRetired": self.why_retired,
        }


def rows() -> Iterator[GpuRow]:
    """Every accelerated type, those that are gone included."""
    for item in instances().values():
        if item.accelerated:
            yield row(item)
    for gone in retired().values():
        yield retired_row(gone)


def row(item: InstanceType) -> GpuRow:
    """A type that can be started somewhere. It must carry a device."""
    burst = burst_gbps(item.name)
    device, count, memory_gb, bf16, fp8 = _device(item)
    return GpuRow(
        type=item.name,
        family=item.family,
        device=device,
        count=count,
        part=item.gpu_partition,
        memory_gb=memory_gb,
        bf16=bf16,
        fp8=fp8,
        arch=item.arch,
        vcpus=item.vcpus,
        memory_gib=item.memory_mib / 1024,
        network_gbps=burst or (item.network_mbps / 1000 if item.network_mbps else None),
        burst=burst is not None,
        usage=item.usage,
        usd_per_hour=item.us_east_1_usd_per_hour,
    )


def retired_row(gone: RetiredType) -> GpuRow:
    """A type that no region offers any more."""
    model = gpu.named(gone.gpu_name)[0]
    return GpuRow(
        type=gone.name,
        family=gone.family,
        device=gone.gpu_name,
        count=gone.gpu_count,
        part=1.0,
        memory_gb=round(gone.gpu_memory_mib / 1024, 1),
        bf16=model.bf16,
        fp8=model.fp8,
        arch="amd64",
        vcpus=gone.vcpus,
        memory_gib=gone.memory_mib / 1024,
        network_gbps=gone.network_gbps,
        burst=True,
        usage=(),
        usd_per_hour=gone.us_east_1_usd_per_hour,
        stand_ins=gone.stand_ins,
        why_retired=gone.why,
    )


def price_note() -> str:
    """What the prices are, in one sentence."""
    # Both tables of prices were taken from one file on one day.
    return (
        f"Prices are the catalogue's of {load.as_of('retired_instances')}: Linux, on demand, us-east-1. "
        "Other regions differ, and spot prices move by the hour."
    )


def _device(item: InstanceType) -> tuple[str, int, float, bool, bool]:
    """Name, count, memory of one in GB, bf16, fp8."""
    model = gpu.of_type(item)
    if model is None:
        own = accelerators()[str(item.accelerator_name)]
        return own.name, item.accelerator_count, own.memory_mib / 1024, own.bf16, own.fp8
    return model.name, item.gpu_count, model.marketed_gb * item.gpu_partition, model.bf16, model.fp8


def _rounded(usd: float | None) -> float | None:
    return None if usd is None else round(usd, 4)

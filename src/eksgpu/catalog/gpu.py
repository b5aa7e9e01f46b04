"""GPU models: memory, what they compute with, how they can be shared, which instance types carry them.

A name may stand for two models that differ in memory only (A100), as it does for Karpenter. Which instance types
carry a model is read from the table of instance types, and how MIG cuts it from the table of MIG, so that no two tables
can contradict each other.
"""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from eksgpu.catalog import load, mig
from eksgpu.catalog.instance import InstanceType, instances


@dataclass(frozen=True, slots=True)
class Speed:
    """How much faster than another model a vendor says a GPU is, at best."""

    than: str
    times: float


@dataclass(frozen=True, slots=True)
class GpuModel:
    """One model. `memory_mib` is what EC2 reports for one GPU, `marketed_gb` what its vendor calls it."""

    name: str
    title: str
    memory_mib: int
    marketed_gb: int
    architecture: str
    compute: tuple[int, int]
    """CUDA compute capability."""
    speed: Speed | None = None
    note: str = ""
    """What stands in the way of using it on EKS, if anything does."""

    @property
    def geometry(self) -> mig.Geometry | None:
        """How MIG cuts it; None for a model that it cannot cut."""
        return mig.geometry(self.name, self.memory_mib)

    @property
    def mig(self) -> bool:
        return self.geometry is not None

    @property
    def mps(self) -> bool:
        """Can NVIDIA's device plugin share it by MPS?"""
        return self._has("mps")

    @property
    def bf16(self) -> bool:
        return self._has("bf16")

    @property
    def fp8(self) -> bool:
        return self._has("fp8")

    @property
    def types(self) -> tuple[InstanceType, ...]:
        """The instance types that carry whole GPUs of this model or, where the model is sold so, a fraction of one."""
        return tuple(item for item in instances().values() if item.gpu_name == self.name and self._fits(item))

    def _has(self, feature: str) -> bool:
        return self.compute >= _capability(load.document("gpus")["since"][feature])

    def _fits(self, item: InstanceType) -> bool:
        return item.gpu_partition < 1 or item.gpu_memory_mib == self.memory_mib


@cache
def models() -> tuple[GpuModel, ...]:
    """Every model, in the order of the data file."""
    return tuple(
        GpuModel(
            name=entry["name"],
            title=entry["title"],
            memory_mib=entry["memoryMib"],
            marketed_gb=entry["marketedGb"],
            architecture=entry["architecture"],
            compute=_capability(entry["compute"]),
            speed=Speed(**entry["speed"]) if "speed" in entry else None,
            note=entry.get("note", ""),
        )
        for entry in load.document("gpus")["models"]
    )


def of_type(item: InstanceType) -> GpuModel | None:
    """The model that an instance type carries, whole or in part; None for one without NVIDIA's GPUs."""
    candidates = named(item.gpu_name or "")
    whole = [model for model in candidates if model.memory_mib == item.gpu_memory_mib]
    return next(iter(whole or candidates), None)


def named(name: str) -> tuple[GpuModel, ...]:
    """The models of one name (two for `a100`); empty if the name is unknown."""
    return tuple(model for model in models() if model.name == name)


def canonical(name: str) -> str | None:
    """Karpenter's name for what a person wrote (`H100`, `RTX PRO 6000`, `nvidia-l4`); None if there is none."""
    spelled = "-".join(name.lower().replace("_", "-").split()).removeprefix("nvidia-").removeprefix("tesla-")
    aliases: Mapping[str, str] = load.document("gpus")["aliases"]
    wanted = aliases.get(spelled, spelled)
    return wanted if named(wanted) else None


def closest(name: str) -> str | None:
    """The known name that looks most like a misspelt one."""
    near = difflib.get_close_matches(name.lower(), names(), n=1, cutoff=0.5)
    return near[0] if near else None


def names() -> tuple[str, ...]:
    """Every known name, once each."""
    return tuple(dict.fromkeys(model.name for model in models()))


def _capability(text: str) -> tuple[int, int]:
    major, _, minor = text.partition(".")
    return int(major), int(minor)

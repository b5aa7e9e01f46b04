"""GPU models: which there are, how much memory one has, whether MIG can cut it.

A name may stand for two models that differ in memory only (A100), as it does for Karpenter. Which instance types
carry a model is read from the table of instance types, so that neither table can contradict the other.
"""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from eksgpu.catalog import load
from eksgpu.catalog.instance import InstanceType, instances


@dataclass(frozen=True, slots=True)
class GpuModel:
    """One model. `memory_mib` is what EC2 reports for one GPU, `marketed_gb` what its vendor calls it."""

    name: str
    title: str
    memory_mib: int
    marketed_gb: int
    mig: bool

    @property
    def types(self) -> tuple[InstanceType, ...]:
        """The instance types that carry whole GPUs of this model or, where the model is sold so, a fraction of one."""
        return tuple(item for item in instances().values() if item.gpu_name == self.name and self._fits(item))

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
            mig=entry["mig"],
        )
        for entry in load.document("gpus")["models"]
    )


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

"""EKS's own names of node images: what each is made for, which one fits a machine, and what became of those that ended.

It must not know which releases of an image there are.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache

from eksgpu.catalog import load
from eksgpu.catalog.instance import InstanceType

PLAIN, NVIDIA, NEURON = "none", "nvidia", "neuron"


@dataclass(frozen=True, slots=True)
class AmiType:
    """One image. `os` as the spec says it, `arch` as Kubernetes does; `serves`: machines without accelerators
    ("none"), with NVIDIA's GPUs ("nvidia"), with Inferentia or Trainium ("neuron").
    """

    name: str
    os: str
    arch: str
    serves: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Refused:
    """Names that EKS knows and nobody can use here; `name` may end with `*`."""

    name: str
    why: str
    hint: str


@cache
def ami_types() -> Mapping[str, AmiType]:
    """Every image that nodes can have, by its name."""
    rows = load.document("ami_types")["types"]
    return {name: AmiType(name, row["os"], row["arch"], tuple(row["serves"])) for name, row in rows.items()}


def ended() -> Mapping[str, str]:
    """Images that AWS publishes no more → what is taken in their place."""
    successors: Mapping[str, str] = load.document("ami_types")["ended"]["types"]
    return successors


def why_ended() -> str:
    """One clause, with the date and who says it."""
    row = load.document("ami_types")["ended"]
    return f"{row['why']} ({row['source']})"


def current(name: str) -> AmiType:
    """The image that a name stands for today."""
    return ami_types()[ended().get(name, name)]


def refused(name: str) -> Refused | None:
    """Why EKS's name is not offered; None when it is, or is no name of EKS's."""
    rows = (Refused(**row) for row in load.document("ami_types")["refused"])
    return next((row for row in rows if fnmatchcase(name, row.name)), None)


def carries(item: InstanceType) -> str:
    """What an image must have drivers for."""
    return NVIDIA if item.gpu_count else NEURON if item.neuron_cores else PLAIN


def fitting(os: str, item: InstanceType) -> AmiType:
    """The image that a machine takes. Raises LookupError where EKS has none."""
    wanted = (os, item.arch, carries(item))
    for one in ami_types().values():
        if (one.os, one.arch) == wanted[:2] and wanted[2] in one.serves:
            return one
    raise LookupError(f"EKS has no image of {os} for {item.name} ({item.arch}, accelerators: {wanted[2]})")

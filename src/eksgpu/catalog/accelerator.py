"""AWS's own accelerators, programmed through Neuron: what one device has. They cannot be shared between pods."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from eksgpu.catalog import load


@dataclass(frozen=True, slots=True)
class Accelerator:
    """One of AWS's own. Memory is that of one device."""

    name: str
    title: str
    memory_mib: int
    bf16: bool
    fp8: bool


@cache
def accelerators() -> Mapping[str, Accelerator]:
    """AWS's own accelerators, by the name that EC2 gives them."""
    return {
        entry["name"]: Accelerator(
            name=entry["name"],
            title=entry["title"],
            memory_mib=entry["memoryMib"],
            bf16=entry["bf16"],
            fp8=entry["fp8"],
        )
        for entry in load.document("gpus")["accelerators"]
    }

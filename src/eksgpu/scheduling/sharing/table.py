"""Every GPU model, every strategy, every system, every kind of node: shared, or refused and why.

One type stands for a model: the smallest that carries whole ones. Karpenter is the pinned one,
with every gate that it needs turned on.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from eksgpu.catalog import gpu
from eksgpu.catalog.gpu import GpuModel

from .refusal import Refusal
from .rules import refusals
from .wish import BALANCED, Host, Kind, Strategy, Wish

SYSTEMS = ("al2023", "bottlerocket")
REPLICAS = 4


@dataclass(frozen=True, slots=True)
class Row:
    """One combination. `refusals` is empty where it is accepted."""

    model: str
    variant: str
    os: str
    kind: Kind
    refusals: tuple[Refusal, ...]


def table() -> Iterator[Row]:
    """Every combination, in a fixed order."""
    for model in gpu.models():
        for variant, wish in variants(model).items():
            for os in SYSTEMS:
                for kind in Kind:
                    yield Row(model.title, variant, os, kind, refusals(wish, example(model, os, kind)))


def variants(model: GpuModel) -> dict[str, Wish]:
    """What can be wished of a model: with its own smallest profile where MIG is meant."""
    smallest = next(iter(model.geometry.profiles)) if model.geometry else "1g.5gb"
    return {
        "time slicing": Wish(Strategy.TIME_SLICING, REPLICAS),
        "time slicing, renamed": Wish(Strategy.TIME_SLICING, REPLICAS, rename=True),
        "MPS": Wish(Strategy.MPS, REPLICAS),
        "MPS, renamed": Wish(Strategy.MPS, REPLICAS, rename=True),
        "MIG, one profile": Wish(Strategy.MIG, profile=smallest),
        "MIG, one profile, renamed": Wish(Strategy.MIG, profile=smallest, rename=True),
        f"MIG, {BALANCED}, renamed": Wish(Strategy.MIG, profile=BALANCED, rename=True),
        "MPS on MIG": Wish(Strategy.MPS, REPLICAS, profile=smallest),
    }


def example(model: GpuModel, os: str, kind: Kind) -> Host:
    """Nodes that stand for a model: of its smallest type with whole ones."""
    whole = [item for item in model.types if item.gpu_partition >= 1]
    return Host("example", kind, os, (min(whole, key=lambda item: (item.gpu_count, item.vcpus)),))

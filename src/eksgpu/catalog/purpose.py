"""What an accelerated family is for, and what to take for development, inference and training."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from eksgpu.catalog import load


@dataclass(frozen=True, slots=True)
class Family:
    """What a family of instance types is for. `successor`: the family that stands in for one that is gone."""

    name: str
    use: str
    jobs: tuple[str, ...]
    successor: str | None


@cache
def families() -> Mapping[str, Family]:
    """Every accelerated family, by its name."""
    return {
        name: Family(name, entry["use"], tuple(entry["jobs"]), entry.get("successor"))
        for name, entry in load.document("gpus")["families"].items()
    }


@dataclass(frozen=True, slots=True)
class Recommendation:
    """An instance type for a purpose, and how to buy it, best first. The type may be one that is retired."""

    purpose: str
    type: str
    capacity: tuple[str, ...]
    why: str


@cache
def recommendations() -> Mapping[str, Recommendation]:
    """By purpose: dev, inference, training."""
    return {
        purpose: Recommendation(purpose, entry["type"], tuple(entry["capacity"]), entry["why"])
        for purpose, entry in load.document("gpus")["recommendations"].items()
    }

"""What the gpu verbs give back: plain records with a stable JSON."""

from dataclasses import dataclass
from typing import Any

from eksgpu.catalog.gpu import GpuModel
from eksgpu.catalog.purpose import Family

from .gpu_row import GpuRow, price_note


@dataclass(frozen=True)
class GpuList:
    """The types that fit.

    by_family: families were named, and the rows stand in their order.
    region:    the one whose zones were asked for; `elsewhere` are fitting types that it lacks.
    """

    rows: tuple[GpuRow, ...]
    by_family: bool = False
    region: str | None = None
    elsewhere: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        return {
            "types": [one.as_json() for one in self.rows],
            "region": self.region,
            "notOffered": list(self.elsewhere),
            "prices": price_note(),
        }


@dataclass(frozen=True)
class GpuShow:
    """One name: the models behind it, the types that carry them, and the family where one was named."""

    name: str
    models: tuple[GpuModel, ...]
    rows: tuple[GpuRow, ...]
    family: Family | None

    def as_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "use": self.family.use if self.family else None,
            "jobs": list(self.family.jobs) if self.family else [],
            "models": [_model(one) for one in self.models],
            "types": [one.as_json() for one in self.rows],
            "prices": price_note(),
        }


@dataclass(frozen=True)
class Advice:
    """What to take for a purpose. `instead_of`: the retired type it stands in for; `others`: further stand-ins."""

    purpose: str
    row: GpuRow
    capacity: tuple[str, ...]
    why: str
    instead_of: GpuRow | None = None
    others: tuple[GpuRow, ...] = ()

    def as_json(self) -> dict[str, Any]:
        return {
            "purpose": self.purpose,
            "type": self.row.as_json(),
            "capacity": list(self.capacity),
            "why": self.why,
            "insteadOf": self.instead_of.as_json() if self.instead_of else None,
            "others": [one.as_json() for one in self.others],
        }


@dataclass(frozen=True)
class GpuAdvice:
    """Advice for each purpose that was asked about."""

    advice: tuple[Advice, ...]

    def as_json(self) -> dict[str, Any]:
        return {"advice": [one.as_json() for one in self.advice], "prices": price_note()}


def _model(one: GpuModel) -> dict[str, Any]:
    geometry = one.geometry
    return {
        "name": one.name,
        "title": one.title,
        "architecture": one.architecture,
        "compute": ".".join(map(str, one.compute)),
        "memoryMib": one.memory_mib,
        "marketedGb": one.marketed_gb,
        "bf16": one.bf16,
        "fp8": one.fp8,
        "timeSlicing": True,
        "mps": one.mps,
        "mig": {
            name: {
                "max": profile.most,
                "memoryGb": profile.memory_gb,
                "computeSlices": profile.compute,
                "memorySlices": profile.memory,
                "starts": list(profile.places),
                "bottlerocket": name in geometry.bottlerocket_profiles,
            }
            for name, profile in geometry.profiles.items()
        }
        if geometry
        else {},
        "speed": {"than": one.speed.than, "times": one.speed.times} if one.speed else None,
        "note": one.note,
    }

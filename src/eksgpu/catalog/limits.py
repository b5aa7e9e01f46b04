"""Limits that AWS and Kubernetes set on what a spec may say, as typed look-ups.

Numbers only: the sentence that a person reads about one is written where it is checked.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

from eksgpu.catalog import load


@dataclass(frozen=True, slots=True)
class Span:
    """Both ends belong to it."""

    low: int
    high: int

    def __contains__(self, value: int) -> bool:
        return self.low <= value <= self.high


@dataclass(frozen=True, slots=True)
class VolumeLimits:
    """What one EBS volume type allows; None where the type has no such setting. Throughput is MiB/s."""

    gib: Span
    iops: Span | None
    throughput: Span | None


@dataclass(frozen=True, slots=True)
class PlanBits:
    """How many bits longer than the VPC's prefix the subnets of the CIDR plan are."""

    private: int
    public: int
    intra: int


def number(name: str) -> int:
    """A plain limit, by its name in the data file."""
    found: int = _data()[name]
    return found


def span(name: str) -> Span:
    """A limit with two ends; for prefixes, `low` is the largest network."""
    entry = _data()[name]
    return Span(entry.get("min", entry.get("shortest")), entry.get("max", entry.get("longest")))


def plan_bits() -> PlanBits:
    """The CIDR plan of a VPC of ours."""
    entry = _data()["plan"]
    return PlanBits(entry["privateBits"], entry["publicBits"], entry["intraBits"])


def log_retention_days() -> tuple[int, ...]:
    """The retention periods that CloudWatch Logs accepts."""
    return tuple(_data()["logRetentionDays"])


def barred_control_plane_zone_ids() -> frozenset[str]:
    """Zone ids that may hold nodes but no control-plane subnet."""
    return frozenset(_data()["barredControlPlaneZoneIds"])


@cache
def volume(kind: str) -> VolumeLimits:
    """The limits of `gp3`, `gp2`, `io1` or `io2`."""
    entry = _data()["volumes"][kind]

    def limit(name: str) -> Span | None:
        return Span(entry[f"min{name}"], entry[f"max{name}"]) if f"min{name}" in entry else None

    return VolumeLimits(Span(entry["minGib"], entry["maxGib"]), limit("Iops"), limit("Throughput"))


def _data() -> Any:
    return load.document("limits")

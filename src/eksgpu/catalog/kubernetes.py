"""Kubernetes versions on EKS: when each was released and until when it is supported, and in which phase it is on a day.

Days are arguments, never the clock, so that a spec is judged the same way twice. The default day is that of the data:
what changed since is known to `facts` alone.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache

from eksgpu.catalog import load


class Phase(StrEnum):
    """How EKS supports a version."""

    STANDARD = "standard"
    EXTENDED = "extended"
    """Supported at an extra price per cluster-hour."""
    RETIRED = "retired"
    """No cluster of it can be created."""


@dataclass(frozen=True, slots=True)
class KubernetesVersion:
    """One minor version; a date is None when it is not known."""

    version: str
    released: date | None
    end_of_standard_support: date | None
    end_of_extended_support: date | None

    def phase(self, on: date | None = None) -> Phase:
        """The phase on a day (default: the data's). A date not known counts as still to come."""
        day = on or as_of()
        if self.end_of_extended_support and day >= self.end_of_extended_support:
            return Phase.RETIRED
        if self.end_of_standard_support and day >= self.end_of_standard_support:
            return Phase.EXTENDED
        return Phase.STANDARD


@cache
def versions() -> Mapping[str, KubernetesVersion]:
    """Every known version, oldest first."""
    return {
        entry["version"]: KubernetesVersion(
            version=entry["version"],
            released=entry.get("released"),
            end_of_standard_support=entry.get("endOfStandardSupport"),
            end_of_extended_support=entry.get("endOfExtendedSupport"),
        )
        for entry in load.document("kubernetes")["versions"]
    }


def as_of() -> date:
    """The day of the data."""
    return load.as_of("kubernetes")


def retired(version: str, on: date | None = None) -> bool:
    """Can EKS no longer create it? Older than the table means retired, newer than the table means not."""
    known = versions().get(version)
    if known:
        return known.phase(on) is Phase.RETIRED
    return minor(version) < minor(next(iter(versions())))


def creatable(on: date | None = None) -> tuple[KubernetesVersion, ...]:
    """The versions that EKS creates on a day, oldest first."""
    return tuple(item for item in versions().values() if item.phase(on) is not Phase.RETIRED)


def nearest_creatable(version: str, on: date | None = None) -> KubernetesVersion:
    """The version EKS creates that is fewest minors away from the given one."""
    return min(creatable(on), key=lambda item: abs(minor(item.version) - minor(version)))


def minor(version: str) -> int:
    """35 of `1.35`."""
    return int(version.partition(".")[2])


def is_version(text: str) -> bool:
    """Is it written as a Kubernetes minor version, `1.35`?"""
    return re.fullmatch(r"1\.\d{1,3}", text) is not None

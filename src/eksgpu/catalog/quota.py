"""AWS quotas by what they limit: service, code, name, and what a fresh account has.

`facts` reads an account's real values; this table says which ones to read, and what a check calls them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from eksgpu.catalog import load
from eksgpu.catalog.instance import InstanceType


@dataclass(frozen=True, slots=True)
class Quota:
    """One quota. `unit` is vCPU for the EC2 instance quotas, else a plain count."""

    service: str
    code: str
    name: str
    default: int
    unit: str = "count"


@dataclass(frozen=True, slots=True)
class VcpuClass:
    """The instance types that count against one vCPU quota, on demand and on Spot. None: there is no such quota."""

    name: str
    categories: frozenset[str]
    generations: frozenset[int]
    """Empty: every generation."""
    on_demand: Quota
    spot: Quota | None

    def holds(self, item: InstanceType) -> bool:
        """Does a node of this type count here?"""
        return item.category in self.categories and (not self.generations or item.generation in self.generations)

    def quota(self, capacity: str) -> Quota | None:
        """The quota for a capacity type; capacity blocks and other reserved capacity need none."""
        return {"on-demand": self.on_demand, "spot": self.spot}.get(capacity)


@cache
def vcpu_classes() -> tuple[VcpuClass, ...]:
    """Every class of the data file."""
    return tuple(
        VcpuClass(
            name=entry["name"],
            categories=frozenset(entry["categories"]),
            generations=frozenset(entry.get("generations", ())),
            on_demand=Quota("ec2", entry["onDemand"], entry["onDemandName"], entry["default"], unit="vCPU"),
            spot=Quota("ec2", entry["spot"], entry["spotName"], entry["default"], unit="vCPU")
            if "spot" in entry
            else None,
        )
        for entry in load.document("quotas")["vcpu"]
    )


def vcpu_class(item: InstanceType) -> VcpuClass | None:
    """The class a type counts in, or None for types without one in the table (high memory)."""
    return next((found for found in vcpu_classes() if found.holds(item)), None)


@cache
def counts() -> Mapping[str, Quota]:
    """The quotas that count things, by their meaning: `vpcs`, `elasticIps`, `natGatewaysPerZone` and so on."""
    return {
        meaning: Quota(entry["service"], entry["code"], entry["name"], entry["default"])
        for meaning, entry in load.document("quotas")["counts"].items()
    }


def _vcpu(entry: Mapping[str, Any], way: str) -> Quota:
    return Quota("ec2", entry[way], entry[f"{way}Name"], entry["default"], unit="vCPU")

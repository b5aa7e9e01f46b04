"""Which zones a cluster uses: those the spec names, those of the region that were there when it was made, or those of
the subnets that are there already.
"""

from collections.abc import Collection

from eksgpu.errors import EksgpuError
from eksgpu.facts.model import Facts, Zone
from eksgpu.spec.models import GpuCluster

from .cidr import PLACES


def chosen_zones(spec: GpuCluster, facts: Facts, live: Collection[str] = ()) -> tuple[Zone, ...]:
    """The zones in order of their names.

    live: zones that hold subnets of the cluster already; under `all` or a number they are kept and no other is added,
          so that a zone AWS opens later changes nothing until it is accepted (pass none then).

    Raises EksgpuError for a named zone, or a number of zones, that the region does not have.
    """
    there = facts.network or (facts.cluster.network if facts.cluster is not None else None)
    if there is not None:
        return tuple(zone for zone in facts.zones if zone.name in there.zones)
    wanted = spec.spec.network.zones
    usable = tuple(sorted((zone for zone in facts.zones if zone.letter in PLACES), key=lambda zone: zone.name))
    if isinstance(wanted, tuple):
        return tuple(_named(name, facts) for name in sorted(wanted))
    count = len(PLACES) if wanted == "all" else wanted
    kept = tuple(zone for zone in usable if zone.name in live)
    if kept and (wanted == "all" or len(kept) == count):
        return kept
    if isinstance(wanted, int) and wanted > len(usable):
        have = ", ".join(zone.name for zone in usable)
        raise EksgpuError(f"zones: {wanted} are wanted, and {facts.region} has {len(usable)}", hint=f"it has {have}")
    return usable[:count]


def new_zones(spec: GpuCluster, facts: Facts, live: Collection[str]) -> tuple[str, ...]:
    """Zones that the region has and a live cluster of `zones: all` does not use yet."""
    if spec.spec.network.zones != "all" or not live:
        return ()
    return tuple(zone.name for zone in chosen_zones(spec, facts) if zone.name not in live)


def _named(name: str, facts: Facts) -> Zone:
    found = next((zone for zone in facts.zones if zone.name == name), None)
    if found is None:
        have = ", ".join(zone.name for zone in facts.zones)
        raise EksgpuError(f"this account has no zone {name} in {facts.region}", hint=f"it has {have}")
    return found

"""Availability zones: which ones this account has, and which of them a cluster takes.

Local Zones, Wavelength Zones and zones that the account has not switched on never appear.
"""

from collections.abc import Iterable, Sequence

from eksgpu.aws.run import AwsRun
from eksgpu.catalog import limits

from .model import Zone

PERMISSIONS = frozenset({"ec2:DescribeAvailabilityZones"})


def read_zones(run: AwsRun) -> tuple[Zone, ...]:
    """The zones of the run's region, by name. One call."""
    answer = run.aws.ec2.describe_availability_zones(
        Filters=[
            {"Name": "zone-type", "Values": ["availability-zone"]},
            {"Name": "state", "Values": ["available"]},
        ]
    )
    barred = limits.barred_control_plane_zone_ids()
    usable = (zone for zone in answer["AvailabilityZones"] if zone.get("OptInStatus") != "not-opted-in")
    zones = (Zone(zone["ZoneName"], zone["ZoneId"], zone["ZoneId"] not in barred) for zone in usable)
    return tuple(sorted(zones, key=lambda zone: zone.name))


def pick_zones(wanted: str | int | Sequence[str], zones: Iterable[Zone]) -> tuple[Zone, ...]:
    """The zones of a cluster, by name.

    wanted: `all`, how many, or names. A number takes zones first in which the control plane may stand; `all` takes as
    many as the subnet plan has room for. Names that the account does not have are left out.
    """
    zones = sorted(zones, key=lambda zone: zone.name)
    if not isinstance(wanted, str | int):
        return tuple(zone for zone in zones if zone.name in wanted)
    most = wanted if isinstance(wanted, int) else limits.span("zones").high
    able_first = sorted(zones, key=lambda zone: not zone.control_plane)
    return tuple(sorted(able_first[:most], key=lambda zone: zone.name))

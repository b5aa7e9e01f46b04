"""Availability zones: which ones this account has, and in which of them EKS puts its control plane.

Local Zones, Wavelength Zones and zones that the account has not switched on never appear.
"""

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

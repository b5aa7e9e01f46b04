"""Availability Zones with their groups and types, and the Local Zones that an account may have switched on.

A tool that takes every zone it is shown would build in a Local Zone, where EKS makes no control plane.
"""

from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any

from ruamel.yaml import YAML

from eksgpu.sandbox.ec2.front import ec2
from eksgpu.sandbox.ec2.listing import Listing, listed, stock
from eksgpu.sandbox.overlay import Call

LISTING = Listing(
    "AvailabilityZones",
    "ZoneName",
    "ZoneNames",
    ("InvalidParameterValue", "Invalid availability zone: [{}]"),
    {
        "group-name": "GroupName",
        "opt-in-status": "OptInStatus",
        "region-name": "RegionName",
        "state": "State",
        "zone-id": "ZoneId",
        "zone-name": "ZoneName",
        "zone-type": "ZoneType",
    },
)


@ec2("DescribeAvailabilityZones")
def describe_availability_zones(call: Call) -> dict[str, Any]:
    """Zones the account can use; with AllAvailabilityZones those too that it has not switched on."""
    zones = [{**zone, **_ordinary(call.region)} for zone in stock(call, LISTING)]
    zones += [
        zone
        for zone in _local(call.region)
        if call.params.get("AllAvailabilityZones") or zone["OptInStatus"] == "opted-in"
    ]
    wanted = call.params.get("ZoneIds")
    if wanted:
        zones = [zone for zone in zones if zone["ZoneId"] in wanted]
    return listed(call, LISTING, zones)


def _ordinary(region: str) -> dict[str, Any]:
    return {
        "RegionName": region,
        "GroupName": f"{region}-zg-1",
        "NetworkBorderGroup": region,
        "OptInStatus": "opt-in-not-required",
        "ZoneType": "availability-zone",
        "State": "available",
        "Messages": [],
    }


def _local(region: str) -> Iterator[dict[str, Any]]:
    for group in _data()["localZones"].get(region, ()):
        for name, zone_id in group["zones"].items():
            yield {
                **_ordinary(region),
                "ZoneName": name,
                "ZoneId": zone_id,
                "GroupName": group["group"],
                "NetworkBorderGroup": group["group"],
                "OptInStatus": "opted-in" if group.get("optedIn") else "not-opted-in",
                "ZoneType": group["type"],
            }


@cache
def _data() -> Any:
    text = files("eksgpu.sandbox").joinpath("data/zones.yaml").read_text(encoding="utf-8")
    return YAML(typ="safe", pure=True).load(text)

"""What EKS checks of a VPC before it puts anything there: subnets, their zones, security groups.

Reads moto's EC2; makes and changes nothing.
"""

import ipaddress
from collections.abc import Sequence
from typing import Any

from eksgpu.sandbox.ec2.backend import backend
from eksgpu.sandbox.eks import refusals
from eksgpu.sandbox.overlay import Refused
from eksgpu.sandbox.world import World

# Zones in which EKS makes no control plane; source: eksctl, pkg/az/az.go.
BARRED_ZONE_IDS = frozenset({"use1-az3", "usw1-az2", "cac1-az3"})


def all_subnets(world: World, region: str) -> dict[str, Any]:
    """moto's subnets of a region, by id."""
    zones = backend(world, region).subnets.values()
    return {subnet.id: subnet for zone in zones for subnet in zone.values()}


def find_subnets(world: World, region: str, ids: Sequence[str]) -> list[Any]:
    """The subnets with these ids. Raises InvalidParameterException for one that does not exist."""
    known = all_subnets(world, region)
    for subnet_id in ids:
        if subnet_id not in known:
            raise refusals.invalid(f"The subnet ID '{subnet_id}' does not exist")
    return [known[subnet_id] for subnet_id in ids]


def check_control_plane_subnets(world: World, region: str, cluster: str, ids: Sequence[str]) -> list[Any]:
    """Subnets of one VPC in at least two zones that EKS uses; returns them."""
    found = find_subnets(world, region, ids)
    if len({subnet.vpc_id for subnet in found}) > 1:
        raise refusals.invalid("Subnets specified must belong to the same VPC")
    barred = next((subnet for subnet in found if subnet.availability_zone_id in BARRED_ZONE_IDS), None)
    if barred is not None:
        raise _barred_zone(world, region, cluster, barred.availability_zone)
    if len({subnet.availability_zone for subnet in found}) < 2:
        raise refusals.invalid("Subnets specified must be in at least two different AZs")
    return found


def check_security_groups(world: World, region: str, vpc_id: str, ids: Sequence[str]) -> None:
    known = backend(world, region).groups.get(vpc_id, {})
    missing = [group_id for group_id in ids if group_id not in known]
    if missing:
        raise refusals.invalid(f"The security group(s) {missing} do not exist in VPC {vpc_id}")


def service_cidr(world: World, region: str, vpc_id: str) -> str:
    """The service range EKS picks by itself: the one of its two that the VPC does not overlap."""
    vpc = backend(world, region).vpcs[vpc_id]
    overlaps = ipaddress.ip_network(vpc.cidr_block).overlaps(ipaddress.ip_network("10.0.0.0/8"))
    return "172.20.0.0/16" if overlaps else "10.100.0.0/16"


def _barred_zone(world: World, region: str, cluster: str, zone: str) -> Refused:
    # describe_availability_zones gives moto's zones with their ids.
    zones = [
        known.name
        for known in backend(world, region).describe_availability_zones()
        if known.zone_id not in BARRED_ZONE_IDS
    ]
    return Refused(
        "UnsupportedAvailabilityZoneException",
        f"Cannot create cluster '{cluster}' because EKS does not support creating control plane instances in {zone}, "
        "the targeted availability zone. Retry cluster creation using control plane subnets that span at least two of "
        f"these availability zones: {', '.join(zones)}. ",
        400,
        clusterName=cluster,
        validZones=zones,
    )

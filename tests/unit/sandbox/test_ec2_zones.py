"""Zones and types: what a region has, what only looks like a zone, and where a type is offered."""

import pytest

from tests.unit.sandbox.conftest import ClientOf
from tests.unit.sandbox.vpc_parts import refusal


@pytest.mark.parametrize(
    ("region", "letters"),
    [("us-west-2", "abcd"), ("us-west-1", "ab"), ("ap-northeast-1", "acd"), ("us-east-1", "abcdef")],
)
def test_the_zones_of_a_region(client: ClientOf, region: str, letters: str) -> None:
    filters = [{"Name": "zone-type", "Values": ["availability-zone"]}]
    zones = client("ec2", region).describe_availability_zones(Filters=filters)["AvailabilityZones"]
    assert [zone["ZoneName"] for zone in zones] == [f"{region}{letter}" for letter in letters]
    assert {zone["OptInStatus"] for zone in zones} == {"opt-in-not-required"}


def test_a_zone_that_eks_bars_is_there(client: ClientOf) -> None:
    zones = client("ec2", "us-east-1").describe_availability_zones(ZoneIds=["use1-az3"])["AvailabilityZones"]
    assert [zone["ZoneName"] for zone in zones] == ["us-east-1e"]


def test_local_zones_show_when_switched_on_or_asked_for(client: ClientOf) -> None:
    def types(**params: bool) -> set[tuple[str, str]]:
        zones = client("ec2").describe_availability_zones(**params)["AvailabilityZones"]
        return {(zone["ZoneType"], zone["OptInStatus"]) for zone in zones}

    usual = {("availability-zone", "opt-in-not-required"), ("local-zone", "opted-in")}
    assert types() == usual
    assert types(AllAvailabilityZones=True) > usual


def test_types_and_offerings(client: ClientOf) -> None:
    ec2 = client("ec2")
    (found,) = ec2.describe_instance_types(InstanceTypes=["p5.48xlarge"])["InstanceTypes"]
    assert (found["VCpuInfo"]["DefaultVCpus"], found["GpuInfo"]["Gpus"][0]["Count"]) == (192, 8)
    assert refusal(ec2.describe_instance_types, InstanceTypes=["p9.huge"])[0] == "InvalidInstanceType"
    filters = [{"Name": "instance-type", "Values": ["p5.48xlarge"]}]
    zonal = ec2.describe_instance_type_offerings(LocationType="availability-zone", Filters=filters)
    assert "us-west-2a" in {offer["Location"] for offer in zonal["InstanceTypeOfferings"]}
    tokyo = client("ec2", "ap-northeast-1").describe_instance_type_offerings(Filters=filters)["InstanceTypeOfferings"]
    assert [offer["Location"] for offer in tokyo] == ["ap-northeast-1"]
    pages = ec2.get_paginator("describe_instance_types").paginate(
        Filters=[{"Name": "instance-type", "Values": ["p5*", "p4*"]}], MaxResults=5
    )
    assert [name for page in pages for name in page["InstanceTypes"]]


def test_a_subnet_lies_in_its_own_region(client: ClientOf) -> None:
    ec2 = client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    wanted = {"VpcId": vpc, "CidrBlock": "10.0.0.0/24", "AvailabilityZone": "us-east-1a"}
    assert refusal(ec2.create_subnet, **wanted)[0] == "InvalidParameterValue"

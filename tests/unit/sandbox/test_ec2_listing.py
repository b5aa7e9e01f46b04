"""Describe calls: filters, wildcards, pages, and the id that is missing."""

from typing import Any

import pytest

from tests.unit.sandbox.conftest import ClientOf
from tests.unit.sandbox.vpc_parts import refusal, tagged


@pytest.fixture
def ec2(client: ClientOf) -> Any:
    return client("ec2")


@pytest.fixture
def vpc(ec2: Any) -> str:
    made = str(ec2.create_vpc(CidrBlock="10.0.0.0/16", TagSpecifications=tagged("vpc", cluster="a"))["Vpc"]["VpcId"])
    for number in range(7):
        ec2.create_subnet(
            VpcId=made,
            CidrBlock=f"10.0.{number}.0/24",
            AvailabilityZone="us-west-2a",
            TagSpecifications=tagged("subnet", Name=f"s{number}"),
        )
    return made


def test_subnets_interfaces_and_rules_come_in_pages(ec2: Any, vpc: str) -> None:
    here = [{"Name": "vpc-id", "Values": [vpc]}]
    pages = list(ec2.get_paginator("describe_subnets").paginate(Filters=here, MaxResults=5))
    assert [len(page["Subnets"]) for page in pages] == [5, 2]
    for page in pages:
        for subnet in page["Subnets"]:
            ec2.create_network_interface(SubnetId=subnet["SubnetId"])
    pages = list(ec2.get_paginator("describe_network_interfaces").paginate(Filters=here, MaxResults=5))
    assert [len(page["NetworkInterfaces"]) for page in pages] == [5, 2]
    group = ec2.create_security_group(GroupName="g", Description="d", VpcId=vpc)["GroupId"]
    ranges = [{"CidrIp": f"10.{number}.0.0/16"} for number in range(5)]
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[{"IpProtocol": "-1", "IpRanges": ranges}])
    mine = [{"Name": "group-id", "Values": [group]}]
    pages = list(ec2.get_paginator("describe_security_group_rules").paginate(Filters=mine, MaxResults=5))
    assert [len(page["SecurityGroupRules"]) for page in pages] == [5, 1]


@pytest.mark.parametrize(
    ("name", "value", "found"),
    [
        ("tag:Name", "s1", 1),
        ("tag:Name", "s?", 7),
        ("tag-key", "Name", 7),
        ("cidr-block", "10.0.*", 7),
        ("availability-zone", "us-west-2b", 0),
        ("default-for-az", "false", 7),
    ],
)
def test_filters_of_subnets(ec2: Any, vpc: str, name: str, value: str, found: int) -> None:
    filters = [{"Name": name, "Values": [value]}, {"Name": "vpc-id", "Values": [vpc]}]
    assert len(ec2.describe_subnets(Filters=filters)["Subnets"]) == found


def test_what_cannot_be_asked(ec2: Any, vpc: str) -> None:
    assert refusal(ec2.describe_vpcs, VpcIds=[vpc, "vpc-0"]) == (
        "InvalidVpcID.NotFound",
        "The vpc ID 'vpc-0' does not exist",
    )
    assert refusal(ec2.describe_vpcs, Filters=[{"Name": "colour", "Values": ["red"]}]) == (
        "InvalidParameterValue",
        "The filter 'colour' is invalid",
    )
    assert refusal(ec2.describe_vpcs, VpcIds=[vpc], MaxResults=5)[0] == "InvalidParameterCombination"
    assert refusal(ec2.describe_vpcs, MaxResults=1001)[0] == "InvalidParameterValue"
    assert refusal(ec2.describe_vpcs, NextToken="nonsense")[0] == "InvalidNextToken"


def test_addresses_and_peerings_by_filter(ec2: Any, vpc: str) -> None:
    made = ec2.allocate_address(Domain="vpc", TagSpecifications=tagged("elastic-ip", cluster="a"))
    ec2.allocate_address(Domain="vpc")
    filters = [{"Name": "tag:cluster", "Values": ["a"]}]
    assert [one["AllocationId"] for one in ec2.describe_addresses(Filters=filters)["Addresses"]] == [
        made["AllocationId"]
    ]
    assert len(ec2.describe_addresses(PublicIps=[made["PublicIp"]])["Addresses"]) == 1
    other = ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    ec2.create_vpc_peering_connection(VpcId=vpc, PeerVpcId=other)
    filters = [{"Name": "requester-vpc-info.vpc-id", "Values": [vpc]}]
    (peering,) = ec2.describe_vpc_peering_connections(Filters=filters)["VpcPeeringConnections"]
    assert peering["AccepterVpcInfo"]["CidrBlock"] == "10.1.0.0/16"


def test_every_region_has_a_default_vpc(client: ClientOf) -> None:
    for region in ("us-west-2", "ap-northeast-1"):
        filters = [{"Name": "is-default", "Values": ["true"]}]
        assert len(client("ec2", region).describe_vpcs(Filters=filters)["Vpcs"]) == 1

"""A cluster of ours in a VPC that is not: nothing of that VPC is tagged, changed or deleted. Row 004-01."""

from pathlib import Path
from typing import Any

import pytest

from eksgpu.errors import EksgpuError, FindingsError
from tests.support.account import Account, small
from tests.support.everything_there import ec2_objects

POOL = {"name": "gpu", "gpu": {"name": "t4", "count": 1}, "capacity": ["on-demand"], "os": "bottlerocket"}


def in_vpc(folder: Path, vpc: Any, region: str = "us-west-1", **spec: Any) -> Account:
    document = small(network={"vpc": vpc}, **spec)
    document["metadata"]["region"] = region
    return Account(folder, document)


def test_the_default_vpc_is_the_same_before_and_after(tmp_path: Path) -> None:
    account = in_vpc(tmp_path, "default", nodePools=[POOL], components={"karpenter": {}})
    before = ec2_objects(account)
    made = account.apply()
    assert account.plan().plan.empty
    kinds = {change.kind for change in made.planned.plan.changes}
    assert not kinds & {"vpc", "subnet", "route_table", "internet_gateway", "nat_gateway", "vpc_endpoint"}
    while_there = ec2_objects(account)
    for call in ("describe_vpcs", "describe_route_tables", "describe_internet_gateways"):
        assert while_there[call] == before[call]
    assert [one["Tags"] for one in while_there["describe_subnets"] if one.get("Tags")] == []

    eks, ec2 = account.boto("eks"), account.boto("ec2")
    subnets = {one["SubnetId"] for one in ec2.describe_subnets()["Subnets"]}
    (name,) = eks.list_nodegroups(clusterName="demo")["nodegroups"]
    group = eks.describe_nodegroup(clusterName="demo", nodegroupName=name)["nodegroup"]
    assert set(group["subnets"]) == subnets
    assert len(subnets) == 2
    nodes = [one for found in ec2.describe_instances()["Reservations"] for one in found["Instances"]]
    assert [one for one in nodes if one.get("PublicIpAddress")] == nodes != []

    assert account.destroy().left == ()
    assert ec2_objects(account) == before


def test_a_region_without_a_default_vpc_is_said(tmp_path: Path) -> None:
    account = in_vpc(tmp_path, "default")
    ec2 = account.boto("ec2")
    vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    for subnet in ec2.describe_subnets()["Subnets"]:
        ec2.delete_subnet(SubnetId=subnet["SubnetId"])
    for gateway in ec2.describe_internet_gateways()["InternetGateways"]:
        ec2.detach_internet_gateway(InternetGatewayId=gateway["InternetGatewayId"], VpcId=vpc)
    ec2.delete_vpc(VpcId=vpc)
    with pytest.raises(EksgpuError, match="no default VPC in us-west-1"):
        account.plan()


def test_subnets_by_id_must_lead_somewhere(tmp_path: Path) -> None:
    account = in_vpc(tmp_path, "default", region="us-west-2")
    ec2 = account.boto("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    made = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=cidr, AvailabilityZone="us-west-2a")["Subnet"]["SubnetId"]
        for cidr in ("10.9.0.0/28", "10.9.1.0/24")
    ]
    account.spec["network"] = {"vpc": {"id": vpc, "subnets": made}}
    found = [one for one in account.plan().findings if one.id == "existing-network"]
    told = " | ".join(one.message for one in found)
    assert "in at least 2 zones" in told
    assert "11 free addresses" in told
    assert "no route to the internet" in told
    with pytest.raises(FindingsError):
        account.apply()
    account.spec["network"] = {"vpc": {"id": vpc, "subnets": [made[0], "subnet-0123456789abcdef0"]}}
    with pytest.raises(EksgpuError, match="subnet-0123456789abcdef0"):
        account.plan()

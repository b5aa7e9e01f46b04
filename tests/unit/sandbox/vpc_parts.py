"""A VPC with a subnet and a gateway for EC2 tests, and the code and text of a refusal."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import ClientError


def refusal(operation: Callable[..., Any], **params: Any) -> tuple[str, str]:
    """The error code and message that a call is refused with."""
    with pytest.raises(ClientError) as refused:
        operation(**params)
    error = refused.value.response["Error"]
    return error["Code"], error["Message"]


def tagged(kind: str, **tags: str) -> list[dict[str, Any]]:
    """TagSpecifications for one kind of object."""
    return [{"ResourceType": kind, "Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}]


@dataclass(frozen=True)
class Vpc:
    """Ids of what `build` made."""

    id: str
    subnet: str
    gateway: str
    address: str


def build(ec2: Any) -> Vpc:
    """A VPC with DNS names, one subnet, an attached internet gateway, and a free elastic IP."""
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24", AvailabilityZone="us-west-2a")["Subnet"]["SubnetId"]
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    return Vpc(vpc, subnet, gateway, address)

"""Quotas: what is full is refused with the code and the words of its kind."""

from typing import Any

import pytest

from eksgpu.engine.clock import SteppedClock
from eksgpu.sandbox import inprocess
from eksgpu.sandbox.world import World
from tests.unit.sandbox.conftest import ClientOf
from tests.unit.sandbox.vpc_parts import refusal


@pytest.mark.parametrize(
    ("quota", "operation", "params", "code", "message"),
    [
        (
            "L-F678F1CE",
            "create_vpc",
            {"CidrBlock": "10.0.0.0/16"},
            "VpcLimitExceeded",
            "The maximum number of VPCs has been reached.",
        ),
        (
            "L-A4707A72",
            "create_internet_gateway",
            {},
            "InternetGatewayLimitExceeded",
            "The maximum number of internet gateways has been reached.",
        ),
        (
            "L-0263D0A3",
            "allocate_address",
            {"Domain": "vpc"},
            "AddressLimitExceeded",
            "The maximum number of addresses has been reached.",
        ),
        (
            "L-E79EC296",
            "create_security_group",
            {"GroupName": "g", "Description": "d"},
            "SecurityGroupLimitExceeded",
            "The maximum number of security groups has been reached.",
        ),
    ],
)
def test_a_full_region_refuses(
    world: World, client: ClientOf, quota: str, operation: str, params: dict[str, Any], code: str, message: str
) -> None:
    world.quotas.set(quota, 0)
    assert refusal(getattr(client("ec2"), operation), **params) == (code, message)


@pytest.mark.parametrize(
    ("quota", "operation", "code", "more"),
    [
        ("L-407747CB", "create_subnet", "SubnetLimitExceeded", {"CidrBlock": "10.0.0.0/24"}),
        ("L-589F43AA", "create_route_table", "RouteTableLimitExceeded", {}),
        (
            "L-1B52E74A",
            "create_vpc_endpoint",
            "VpcEndpointLimitExceeded",
            {"ServiceName": "com.amazonaws.us-west-2.s3"},
        ),
    ],
)
def test_a_full_vpc_refuses(
    world: World, client: ClientOf, quota: str, operation: str, code: str, more: dict[str, Any]
) -> None:
    vpc = client("ec2").create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    world.quotas.set(quota, 0)
    if operation == "create_route_table":
        world.quotas.set(quota, 1)  # the main table counts
    assert refusal(getattr(client("ec2"), operation), VpcId=vpc, **more)[0] == code


def test_a_fresh_account_takes_four_vpcs_beside_the_default_one() -> None:
    ec2 = inprocess.session(World(clock=SteppedClock(), fresh_quotas=True)).client("ec2")
    for number in range(4):
        ec2.create_vpc(CidrBlock=f"10.{number}.0.0/16")
    assert refusal(ec2.create_vpc, CidrBlock="10.9.0.0/16")[0] == "VpcLimitExceeded"

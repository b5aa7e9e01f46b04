"""NAT gateways: their states over time, their failures, their tokens and their quota."""

from typing import Any

import pytest

from eksgpu.engine.clock import SteppedClock
from eksgpu.sandbox.world import World
from tests.unit.sandbox.conftest import ClientOf
from tests.unit.sandbox.vpc_parts import Vpc, build, refusal, tagged


@pytest.fixture
def ec2(client: ClientOf) -> Any:
    return client("ec2")


@pytest.fixture
def vpc(ec2: Any) -> Vpc:
    return build(ec2)


def only(ec2: Any) -> Any:
    gateways = ec2.describe_nat_gateways()["NatGateways"]
    assert len(gateways) == 1
    return gateways[0]


def test_a_gateway_takes_minutes_to_appear_and_to_go(ec2: Any, vpc: Vpc, clock: SteppedClock) -> None:
    made = ec2.create_nat_gateway(
        SubnetId=vpc.subnet, AllocationId=vpc.address, TagSpecifications=tagged("natgateway", Name="n")
    )["NatGateway"]
    assert (made["State"], made["VpcId"], made["Tags"]) == ("pending", vpc.id, [{"Key": "Name", "Value": "n"}])
    clock.sleep(104)
    assert only(ec2)["State"] == "pending"
    clock.sleep(2)
    available = only(ec2)
    assert available["State"] == "available"
    assert available["NatGatewayAddresses"][0]["AllocationId"] == vpc.address
    ec2.delete_nat_gateway(NatGatewayId=made["NatGatewayId"])
    assert only(ec2)["State"] == "deleting"
    assert "AssociationId" in ec2.describe_addresses()["Addresses"][0]
    clock.sleep(60)
    assert only(ec2)["State"] == "deleted"
    assert "AssociationId" not in ec2.describe_addresses()["Addresses"][0]
    assert ec2.describe_network_interfaces()["NetworkInterfaces"] == []
    clock.sleep(3600)
    assert ec2.describe_nat_gateways()["NatGateways"] == []
    assert refusal(ec2.delete_nat_gateway, NatGatewayId=made["NatGatewayId"])[0] == "NatGatewayNotFound"


def test_without_an_internet_gateway_it_fails(ec2: Any, vpc: Vpc, clock: SteppedClock) -> None:
    ec2.detach_internet_gateway(InternetGatewayId=vpc.gateway, VpcId=vpc.id)
    ec2.create_nat_gateway(SubnetId=vpc.subnet, AllocationId=vpc.address)
    clock.sleep(200)
    failed = only(ec2)
    assert (failed["State"], failed["FailureCode"]) == ("failed", "Gateway.NotAttached")
    assert failed["FailureMessage"] == f"Network {vpc.id} has no Internet gateway attached"
    ec2.release_address(AllocationId=vpc.address)


def test_an_address_that_is_unknown_or_taken_fails_it(ec2: Any, vpc: Vpc, clock: SteppedClock) -> None:
    for allocation in (vpc.address, vpc.address, "eipalloc-0123456789abcdef0"):
        ec2.create_nat_gateway(SubnetId=vpc.subnet, AllocationId=allocation)
    clock.sleep(200)
    ends = [(one["State"], one.get("FailureCode")) for one in ec2.describe_nat_gateways()["NatGateways"]]
    assert ends == [
        ("available", None),
        ("failed", "Resource.AlreadyAssociated"),
        ("failed", "InvalidAllocationID.NotFound"),
    ]


def test_a_token_makes_one_gateway(ec2: Any, vpc: Vpc) -> None:
    wanted = {"SubnetId": vpc.subnet, "AllocationId": vpc.address, "ClientToken": "once"}
    first, second = (ec2.create_nat_gateway(**wanted)["NatGateway"]["NatGatewayId"] for _ in range(2))
    assert first == second == only(ec2)["NatGatewayId"]
    changed = {**wanted, "AllocationId": "eipalloc-0123456789abcdef0"}
    assert refusal(ec2.create_nat_gateway, **changed)[0] == "IdempotentParameterMismatch"


def test_the_quota_counts_per_zone(ec2: Any, vpc: Vpc, world: World, clock: SteppedClock) -> None:
    world.quotas.set("L-FE5A380F", 1)
    wanted = {"SubnetId": vpc.subnet, "AllocationId": vpc.address}
    made = ec2.create_nat_gateway(**wanted)["NatGateway"]["NatGatewayId"]
    assert refusal(ec2.create_nat_gateway, **wanted) == (
        "NatGatewayLimitExceeded",
        "Performing this operation would exceed the limit of 1 NAT gateways",
    )
    other = ec2.create_subnet(VpcId=vpc.id, CidrBlock="10.0.1.0/24", AvailabilityZone="us-west-2b")["Subnet"]
    free = ec2.allocate_address(Domain="vpc")["AllocationId"]
    ec2.create_nat_gateway(SubnetId=other["SubnetId"], AllocationId=free)
    ec2.delete_nat_gateway(NatGatewayId=made)
    clock.sleep(60)
    ec2.create_nat_gateway(**wanted)


def test_filters_select_gateways(ec2: Any, vpc: Vpc) -> None:
    ec2.create_nat_gateway(
        SubnetId=vpc.subnet, AllocationId=vpc.address, TagSpecifications=tagged("natgateway", cluster="a")
    )

    def found(name: str, value: str) -> int:
        return len(ec2.describe_nat_gateways(Filters=[{"Name": name, "Values": [value]}])["NatGateways"])

    assert [found("tag:cluster", "a"), found("tag:cluster", "b"), found("vpc-id", vpc.id)] == [1, 0, 1]
    assert [found("state", "pending"), found("state", "available"), found("subnet-id", "subnet-*")] == [1, 0, 1]


def test_routes_through_a_deleted_gateway_are_blackholes(ec2: Any, vpc: Vpc, clock: SteppedClock) -> None:
    gateway = ec2.create_nat_gateway(SubnetId=vpc.subnet, AllocationId=vpc.address)["NatGateway"]["NatGatewayId"]
    table = ec2.create_route_table(VpcId=vpc.id)["RouteTable"]["RouteTableId"]
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", NatGatewayId=gateway)

    def state() -> str:
        routes = ec2.describe_route_tables(RouteTableIds=[table])["RouteTables"][0]["Routes"]
        return str(next(route["State"] for route in routes if route.get("NatGatewayId") == gateway))

    assert state() == "active"
    ec2.delete_nat_gateway(NatGatewayId=gateway)
    clock.sleep(60)
    assert state() == "blackhole"
    assert refusal(ec2.create_route, RouteTableId=table, DestinationCidrBlock="9.0.0.0/8", NatGatewayId="nat-0") == (
        "InvalidNatGatewayID.NotFound",
        "The natGateway ID 'nat-0' does not exist",
    )

"""Route tables: one per token, one table per subnet, filters on what is in them."""

from typing import Any

import pytest

from tests.unit.sandbox.conftest import ClientOf
from tests.unit.sandbox.vpc_parts import Vpc, build, refusal, tagged


@pytest.fixture
def ec2(client: ClientOf) -> Any:
    return client("ec2")


@pytest.fixture
def vpc(ec2: Any) -> Vpc:
    return build(ec2)


def test_a_token_makes_one_table(ec2: Any, vpc: Vpc) -> None:
    wanted = {"VpcId": vpc.id, "ClientToken": "once", "TagSpecifications": tagged("route-table", a="b")}
    first, second = (ec2.create_route_table(**wanted)["RouteTable"] for _ in range(2))
    assert first == second
    assert first["Tags"] == [{"Key": "a", "Value": "b"}]


def test_a_subnet_has_one_table(ec2: Any, vpc: Vpc) -> None:
    one, two = (ec2.create_route_table(VpcId=vpc.id)["RouteTable"]["RouteTableId"] for _ in range(2))
    first = ec2.associate_route_table(RouteTableId=one, SubnetId=vpc.subnet)["AssociationId"]
    assert ec2.associate_route_table(RouteTableId=one, SubnetId=vpc.subnet)["AssociationId"] == first
    code = "Resource.AlreadyAssociated"
    assert refusal(ec2.associate_route_table, RouteTableId=two, SubnetId=vpc.subnet)[0] == code


def test_routes_are_found_and_not_doubled(ec2: Any, vpc: Vpc) -> None:
    table = ec2.create_route_table(VpcId=vpc.id)["RouteTable"]["RouteTableId"]
    route = {"RouteTableId": table, "DestinationCidrBlock": "0.0.0.0/0", "GatewayId": vpc.gateway}
    ec2.create_route(**route)
    assert refusal(ec2.create_route, **route)[0] == "RouteAlreadyExists"
    found = ec2.describe_route_tables(Filters=[{"Name": "route.gateway-id", "Values": [vpc.gateway]}])["RouteTables"]
    assert [one["RouteTableId"] for one in found] == [table]
    ec2.detach_internet_gateway(InternetGatewayId=vpc.gateway, VpcId=vpc.id)
    routes = ec2.describe_route_tables(RouteTableIds=[table])["RouteTables"][0]["Routes"]
    assert {route.get("GatewayId"): route["State"] for route in routes} == {"local": "active", vpc.gateway: "blackhole"}

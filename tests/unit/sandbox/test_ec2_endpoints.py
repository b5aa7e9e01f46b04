"""VPC endpoints: gateway ones write routes, interface ones hold subnets and groups until they are gone."""

from typing import Any

import pytest

from eksgpu.engine.clock import SteppedClock
from tests.unit.sandbox.conftest import ClientOf
from tests.unit.sandbox.vpc_parts import Vpc, build, refusal, tagged

S3 = "com.amazonaws.us-west-2.s3"
ECR = "com.amazonaws.us-west-2.ecr.api"


@pytest.fixture
def ec2(client: ClientOf) -> Any:
    return client("ec2")


@pytest.fixture
def vpc(ec2: Any) -> Vpc:
    return build(ec2)


def states(ec2: Any) -> list[str]:
    return [endpoint["State"] for endpoint in ec2.describe_vpc_endpoints()["VpcEndpoints"]]


def test_a_gateway_endpoint_routes_its_prefix_list(ec2: Any, vpc: Vpc, clock: SteppedClock) -> None:
    tables = [ec2.create_route_table(VpcId=vpc.id)["RouteTable"]["RouteTableId"] for _ in range(2)]

    def through(table: str) -> list[str]:
        routes = ec2.describe_route_tables(RouteTableIds=[table])["RouteTables"][0]["Routes"]
        return [route["GatewayId"] for route in routes if "DestinationPrefixListId" in route]

    made = ec2.create_vpc_endpoint(
        VpcId=vpc.id,
        ServiceName=S3,
        RouteTableIds=tables[:1],
        TagSpecifications=tagged("vpc-endpoint", a="b"),
    )["VpcEndpoint"]
    assert (made["State"], made["Tags"], made["VpcEndpointType"]) == (
        "pending",
        [{"Key": "a", "Value": "b"}],
        "Gateway",
    )
    assert [through(table) for table in tables] == [[made["VpcEndpointId"]], []]
    again = {"VpcId": vpc.id, "ServiceName": S3, "RouteTableIds": tables[:1]}
    assert refusal(ec2.create_vpc_endpoint, **again)[0] == "RouteAlreadyExists"
    ec2.modify_vpc_endpoint(
        VpcEndpointId=made["VpcEndpointId"], AddRouteTableIds=tables[1:], RemoveRouteTableIds=tables[:1]
    )
    assert [through(table) for table in tables] == [[], [made["VpcEndpointId"]]]
    clock.sleep(10)
    assert states(ec2) == ["available"]
    ec2.delete_vpc_endpoints(VpcEndpointIds=[made["VpcEndpointId"]])
    assert through(tables[1]) == []
    clock.sleep(10)
    assert states(ec2) == []


def test_an_interface_endpoint_holds_its_subnet_until_it_is_gone(ec2: Any, vpc: Vpc, clock: SteppedClock) -> None:
    group = ec2.create_security_group(GroupName="g", Description="d", VpcId=vpc.id)["GroupId"]
    made = ec2.create_vpc_endpoint(
        VpcId=vpc.id, ServiceName=ECR, VpcEndpointType="Interface", SubnetIds=[vpc.subnet], SecurityGroupIds=[group]
    )["VpcEndpoint"]
    interfaces = ec2.describe_network_interfaces(NetworkInterfaceIds=made["NetworkInterfaceIds"])["NetworkInterfaces"]
    assert [(one["InterfaceType"], one["Groups"][0]["GroupId"]) for one in interfaces] == [("vpc_endpoint", group)]
    clock.sleep(61)
    assert states(ec2) == ["available"]
    ec2.delete_vpc_endpoints(VpcEndpointIds=[made["VpcEndpointId"]])
    assert states(ec2) == ["deleting"]
    assert refusal(ec2.delete_subnet, SubnetId=vpc.subnet)[0] == "DependencyViolation"
    assert refusal(ec2.delete_security_group, GroupId=group)[0] == "DependencyViolation"
    clock.sleep(121)
    assert states(ec2) == []
    ec2.delete_subnet(SubnetId=vpc.subnet)
    ec2.delete_security_group(GroupId=group)


def test_an_interface_endpoint_can_change_subnets_and_groups(ec2: Any, vpc: Vpc) -> None:
    other = ec2.create_subnet(VpcId=vpc.id, CidrBlock="10.0.1.0/24", AvailabilityZone="us-west-2b")["Subnet"][
        "SubnetId"
    ]
    group = ec2.create_security_group(GroupName="g", Description="d", VpcId=vpc.id)["GroupId"]
    made = ec2.create_vpc_endpoint(VpcId=vpc.id, ServiceName=ECR, VpcEndpointType="Interface", SubnetIds=[vpc.subnet])
    endpoint = made["VpcEndpoint"]["VpcEndpointId"]
    default = made["VpcEndpoint"]["Groups"][0]["GroupId"]
    ec2.modify_vpc_endpoint(
        VpcEndpointId=endpoint,
        AddSubnetIds=[other],
        RemoveSubnetIds=[vpc.subnet],
        AddSecurityGroupIds=[group],
        RemoveSecurityGroupIds=[default],
    )
    shown = ec2.describe_vpc_endpoints(VpcEndpointIds=[endpoint])["VpcEndpoints"][0]
    assert (shown["SubnetIds"], [one["GroupId"] for one in shown["Groups"]]) == ([other], [group])
    interfaces = ec2.describe_network_interfaces()["NetworkInterfaces"]
    assert [(one["SubnetId"], one["Groups"][0]["GroupId"]) for one in interfaces] == [(other, group)]


def test_private_dns_needs_dns_names_and_a_free_name(ec2: Any, vpc: Vpc) -> None:
    wanted = {"VpcId": vpc.id, "ServiceName": ECR, "VpcEndpointType": "Interface", "SubnetIds": [vpc.subnet]}
    ec2.create_vpc_endpoint(**wanted)
    code, message = refusal(ec2.create_vpc_endpoint, **wanted)
    assert (code, "conflicting DNS domain" in message) == ("InvalidParameter", True)
    ec2.modify_vpc_attribute(VpcId=vpc.id, EnableDnsHostnames={"Value": False})
    assert "enableDnsHostnames" in refusal(ec2.create_vpc_endpoint, **wanted)[1]


def test_tokens_and_unknown_services_and_ids(ec2: Any, vpc: Vpc) -> None:
    wanted = {"VpcId": vpc.id, "ServiceName": S3, "ClientToken": "once"}
    first, second = (ec2.create_vpc_endpoint(**wanted)["VpcEndpoint"]["VpcEndpointId"] for _ in range(2))
    assert first == second
    assert refusal(ec2.create_vpc_endpoint, VpcId=vpc.id, ServiceName="s3")[0] == "InvalidServiceName"
    unsuccessful = ec2.delete_vpc_endpoints(VpcEndpointIds=["vpce-0"])["Unsuccessful"]
    assert [one["Error"]["Code"] for one in unsuccessful] == ["InvalidVpcEndpoint.NotFound"]
    assert refusal(ec2.describe_vpc_endpoints, VpcEndpointIds=["vpce-0"])[0] == "InvalidVpcEndpointId.NotFound"

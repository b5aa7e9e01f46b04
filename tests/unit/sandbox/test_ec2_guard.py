"""Deletes in the wrong order are refused with AWS's codes and words; in the right order everything goes."""

from typing import Any

import pytest

from eksgpu.engine.clock import SteppedClock
from tests.unit.sandbox.conftest import ClientOf
from tests.unit.sandbox.vpc_parts import Vpc, build, refusal, tagged


@pytest.fixture
def ec2(client: ClientOf) -> Any:
    return client("ec2")


@pytest.fixture
def vpc(ec2: Any) -> Vpc:
    return build(ec2)


def nat(ec2: Any, vpc: Vpc) -> str:
    answer = ec2.create_nat_gateway(SubnetId=vpc.subnet, AllocationId=vpc.address)
    return str(answer["NatGateway"]["NatGatewayId"])


def test_a_nat_gateway_holds_subnet_address_gateway_and_vpc(ec2: Any, vpc: Vpc) -> None:
    nat(ec2, vpc)
    ip = ec2.describe_addresses()["Addresses"][0]["PublicIp"]
    assert refusal(ec2.delete_subnet, SubnetId=vpc.subnet) == (
        "DependencyViolation",
        f"The subnet '{vpc.subnet}' has dependencies and cannot be deleted.",
    )
    assert refusal(ec2.release_address, AllocationId=vpc.address) == (
        "InvalidIPAddress.InUse",
        f"Address {ip} is in use.",
    )
    assert refusal(ec2.detach_internet_gateway, InternetGatewayId=vpc.gateway, VpcId=vpc.id) == (
        "DependencyViolation",
        f"Network {vpc.id} has some mapped public address(es). Please unmap those public address(es) before detaching"
        " the gateway.",
    )
    assert refusal(ec2.delete_internet_gateway, InternetGatewayId=vpc.gateway) == (
        "DependencyViolation",
        f"The internetGateway '{vpc.gateway}' has dependencies and cannot be deleted.",
    )
    assert refusal(ec2.delete_vpc, VpcId=vpc.id) == (
        "DependencyViolation",
        f"The vpc '{vpc.id}' has dependencies and cannot be deleted.",
    )


def test_a_user_cannot_free_the_address_of_a_nat_gateway(ec2: Any, vpc: Vpc) -> None:
    nat(ec2, vpc)
    association = ec2.describe_addresses()["Addresses"][0]["AssociationId"]
    assert refusal(ec2.disassociate_address, AssociationId=association)[0] == "AuthFailure"


def test_in_the_right_order_nothing_is_left(ec2: Any, vpc: Vpc, clock: SteppedClock) -> None:
    gateway = nat(ec2, vpc)
    table = ec2.create_route_table(VpcId=vpc.id, TagSpecifications=tagged("route-table", a="b"))["RouteTable"]
    association = ec2.associate_route_table(RouteTableId=table["RouteTableId"], SubnetId=vpc.subnet)["AssociationId"]
    assert refusal(ec2.delete_route_table, RouteTableId=table["RouteTableId"]) == (
        "DependencyViolation",
        f"The routeTable '{table['RouteTableId']}' has dependencies and cannot be deleted.",
    )
    ec2.delete_nat_gateway(NatGatewayId=gateway)
    clock.sleep(120)
    ec2.release_address(AllocationId=vpc.address)
    ec2.detach_internet_gateway(InternetGatewayId=vpc.gateway, VpcId=vpc.id)
    ec2.delete_internet_gateway(InternetGatewayId=vpc.gateway)
    ec2.disassociate_route_table(AssociationId=association)
    ec2.delete_route_table(RouteTableId=table["RouteTableId"])
    ec2.delete_subnet(SubnetId=vpc.subnet)
    ec2.delete_vpc(VpcId=vpc.id)
    assert len(ec2.describe_vpcs()["Vpcs"]) == 1
    assert ec2.describe_addresses()["Addresses"] == []
    assert ec2.describe_network_interfaces()["NetworkInterfaces"] == []
    assert ec2.describe_tags()["Tags"] == []
    assert {acl["VpcId"] for acl in ec2.describe_network_acls()["NetworkAcls"]} == {
        ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    }


@pytest.mark.parametrize("holder", ["group", "table", "endpoint", "gateway"])
def test_what_holds_an_otherwise_empty_vpc(ec2: Any, holder: str) -> None:
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    if holder == "group":
        ec2.create_security_group(GroupName="g", Description="d", VpcId=vpc)
    elif holder == "table":
        ec2.create_route_table(VpcId=vpc)
    elif holder == "endpoint":
        ec2.create_vpc_endpoint(VpcId=vpc, ServiceName="com.amazonaws.us-west-2.s3")
    else:
        gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
        ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    assert refusal(ec2.delete_vpc, VpcId=vpc)[0] == "DependencyViolation"


def test_a_group_is_held_by_interfaces_and_by_rules_of_other_groups(ec2: Any, vpc: Vpc) -> None:
    first, second = (
        ec2.create_security_group(GroupName=name, Description="d", VpcId=vpc.id)["GroupId"] for name in ("a", "b")
    )
    permission = {"IpProtocol": "tcp", "FromPort": 1, "ToPort": 1, "UserIdGroupPairs": [{"GroupId": first}]}
    ec2.authorize_security_group_ingress(GroupId=second, IpPermissions=[permission])
    ec2.authorize_security_group_ingress(GroupId=first, IpPermissions=[permission])
    expected = ("DependencyViolation", f"resource {first} has a dependent object")
    assert refusal(ec2.delete_security_group, GroupId=first) == expected
    ec2.revoke_security_group_ingress(GroupId=second, IpPermissions=[permission])
    eni = ec2.create_network_interface(SubnetId=vpc.subnet, Groups=[first])["NetworkInterface"]["NetworkInterfaceId"]
    assert refusal(ec2.delete_security_group, GroupId=first) == expected
    ec2.delete_network_interface(NetworkInterfaceId=eni)
    ec2.delete_security_group(GroupId=first)


def test_the_default_group_and_the_main_table_cannot_be_deleted(ec2: Any, vpc: Vpc) -> None:
    here = [{"Name": "vpc-id", "Values": [vpc.id]}]
    group = ec2.describe_security_groups(Filters=here)["SecurityGroups"][0]["GroupId"]
    table = ec2.describe_route_tables(Filters=here)["RouteTables"][0]["RouteTableId"]
    assert refusal(ec2.delete_security_group, GroupId=group)[0] == "CannotDelete"
    assert refusal(ec2.delete_route_table, RouteTableId=table)[0] == "DependencyViolation"


def test_an_attached_interface_cannot_be_deleted(ec2: Any, vpc: Vpc) -> None:
    nat(ec2, vpc)
    interface = ec2.describe_network_interfaces()["NetworkInterfaces"][0]
    eni = interface["NetworkInterfaceId"]
    assert refusal(ec2.delete_network_interface, NetworkInterfaceId=eni) == (
        "InvalidParameterValue",
        f"Network interface '{eni}' is currently in use.",
    )
    attachment = interface["Attachment"]["AttachmentId"]
    assert refusal(ec2.detach_network_interface, AttachmentId=attachment)[0] == "OperationNotPermitted"


def test_a_vpc_takes_one_internet_gateway(ec2: Any, vpc: Vpc) -> None:
    other = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    assert refusal(ec2.attach_internet_gateway, InternetGatewayId=other, VpcId=vpc.id) == (
        "InvalidParameterValue",
        f"Network {vpc.id} already has an internet gateway attached",
    )


def test_dry_run_makes_nothing(ec2: Any) -> None:
    assert refusal(ec2.create_vpc, CidrBlock="10.0.0.0/16", DryRun=True)[0] == "DryRunOperation"
    assert refusal(ec2.create_internet_gateway, DryRun=True)[0] == "DryRunOperation"
    assert refusal(ec2.allocate_address, Domain="vpc", DryRun=True)[0] == "DryRunOperation"
    assert len(ec2.describe_vpcs()["Vpcs"]) == 1
    assert len(ec2.describe_internet_gateways()["InternetGateways"]) == 1  # the default VPC's
    assert ec2.describe_addresses()["Addresses"] == []

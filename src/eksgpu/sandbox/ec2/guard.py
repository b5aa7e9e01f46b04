"""What may not be deleted yet: for every EC2 delete, who still holds the object, and the error AWS answers with.

Without these rules a wrong order of deletion would go unnoticed. Every rule names its public source.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from eksgpu.sandbox.ec2 import tags
from eksgpu.sandbox.ec2.backend import backend
from eksgpu.sandbox.ec2.front import ec2
from eksgpu.sandbox.ec2.network import all_groups, group_holders
from eksgpu.sandbox.overlay import Call, Refused

Holders = Callable[[Call, Any, Any], Iterable[str]]


@dataclass(frozen=True)
class Rule:
    """One refusal: `holders` yields what is in the way of the object named by parameter `target`."""

    target: str
    holders: Holders
    code: str
    text: str
    source: str


def subnet_holders(_call: Call, moto: Any, subnet: str) -> Iterable[str]:
    """Interfaces in a subnet: those of instances, NAT gateways, endpoints, load balancers and control planes."""
    return (eni.id for eni in moto.enis.values() if eni.subnet.id == subnet)


def security_group_holders(call: Call, _moto: Any, group: str) -> Iterable[str]:
    """Interfaces and rules of other groups that use a group."""
    return group_holders(call.world, call.region, group)


def default_group(_call: Call, moto: Any, group: str) -> Iterable[str]:
    """A VPC's default group stands in its own way."""
    return (one.id for one in all_groups(moto) if one.id == group and one.is_default)


def vpc_holders(_call: Call, moto: Any, vpc: str) -> Iterable[str]:
    """Everything in a VPC that AWS does not delete along with it."""
    yield from (subnet.id for zone in moto.subnets.values() for subnet in zone.values() if subnet.vpc_id == vpc)
    yield from (group.id for group in all_groups(moto) if group.vpc_id == vpc and not group.is_default)
    yield from (
        table.id for table in moto.route_tables.values() if table.vpc_id == vpc and table.main_association_id is None
    )
    yield from (gateway.id for gateway in moto.internet_gateways.values() if gateway.vpc and gateway.vpc.id == vpc)
    yield from (end.id for end in moto.vpc_end_points.values() if end.vpc_id == vpc and end.state != "deleted")
    yield from (eni.id for eni in moto.enis.values() if eni.vpc_id == vpc)
    yield from (nat.id for nat in moto.nat_gateways.values() if nat.vpc_id == vpc and nat.state not in GONE)


def public_addresses(call: Call, moto: Any, _gateway: str) -> Iterable[str]:
    """Interfaces with a public address in the VPC that an internet gateway is to be detached from."""
    vpc = call.params["VpcId"]
    return (eni.id for eni in moto.enis.values() if eni.vpc_id == vpc and eni.public_ip)


def attachments(_call: Call, moto: Any, gateway: str) -> Iterable[str]:
    """The VPC an internet gateway is attached to."""
    found = moto.internet_gateways.get(gateway)
    return [found.vpc.id] if found and found.vpc else []


def address_holders(_call: Call, moto: Any, allocation: str) -> Iterable[str]:
    """The association of an elastic IP."""
    return (one.association_id for one in moto.addresses if one.allocation_id == allocation and one.association_id)


def route_table_holders(_call: Call, moto: Any, table: str) -> Iterable[str]:
    """The associations of a route table, the main one among them."""
    found = moto.route_tables.get(table)
    return found.all_associations_ids if found else []


def interface_users(_call: Call, moto: Any, eni: str) -> Iterable[str]:
    """What a network interface is attached to."""
    found = moto.enis.get(eni)
    return [found.attachment_id or found.requester_id] if found and found.status == "in-use" else []


GONE = ("deleted", "failed")
RULES: dict[str, tuple[Rule, ...]] = {
    "DeleteSubnet": (
        Rule(
            "SubnetId",
            subnet_holders,
            "DependencyViolation",
            "The subnet '{}' has dependencies and cannot be deleted.",
            "docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteSubnet.html",
        ),
    ),
    "DeleteSecurityGroup": (
        Rule(
            "GroupId",
            default_group,
            "CannotDelete",
            'the specified group: "{}" name: "default" cannot be deleted by a user',
            "docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html",
        ),
        Rule(
            "GroupId",
            security_group_holders,
            "DependencyViolation",
            "resource {} has a dependent object",
            "pulumi-eks#1226; lianghong/delete_vpc#10",
        ),
    ),
    "DeleteVpc": (
        Rule(
            "VpcId",
            vpc_holders,
            "DependencyViolation",
            "The vpc '{}' has dependencies and cannot be deleted.",
            "cloud-nuke#345; pulumi-aws#1221",
        ),
    ),
    "DetachInternetGateway": (
        Rule(
            "InternetGatewayId",
            public_addresses,
            "DependencyViolation",
            "Network {vpc} has some mapped public address(es). Please unmap those public address(es) before detaching"
            " the gateway.",
            "terraform-aws-eks-jx#373; hashicorp/terraform#497",
        ),
    ),
    "DeleteInternetGateway": (
        Rule(
            "InternetGatewayId",
            attachments,
            "DependencyViolation",
            "The internetGateway '{}' has dependencies and cannot be deleted.",
            "landing-zone-accelerator-on-aws#765; ernest#333",
        ),
    ),
    "ReleaseAddress": (
        Rule(
            "AllocationId",
            address_holders,
            "InvalidIPAddress.InUse",
            "Address {} is in use.",
            "docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ReleaseAddress.html",
        ),
    ),
    "DeleteRouteTable": (
        Rule(
            "RouteTableId",
            route_table_holders,
            "DependencyViolation",
            "The routeTable '{}' has dependencies and cannot be deleted.",
            "docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteRouteTable.html",
        ),
    ),
    "DeleteNetworkInterface": (
        Rule(
            "NetworkInterfaceId",
            interface_users,
            "InvalidParameterValue",
            "Network interface '{}' is currently in use.",
            "amazon-vpc-cni-k8s#608",
        ),
    ),
}


@ec2(*RULES)
def guarded(call: Call) -> dict[str, Any]:
    """Delete what nothing holds any more; raises the first rule that is broken."""
    moto = backend(call.world, call.region)
    for rule in RULES[call.operation]:
        target = call.params.get(rule.target)
        if target and any(True for _ in rule.holders(call, moto, target)):
            raise Refused(rule.code, rule.text.format(_shown(moto, target), vpc=call.params.get("VpcId")))
    leftovers = _untold(moto, call)
    answer = call.moto()
    for gone in leftovers:
        tags.forget(moto, gone)
    return answer


def _untold(moto: Any, call: Call) -> list[str]:
    """What goes along with an object and moto keeps the tags of; a VPC's network ACLs are taken out here."""
    if call.operation == "DetachInternetGateway":
        return []
    target = next((call.params[rule.target] for rule in RULES[call.operation] if rule.target in call.params), "")
    gone = [target]
    for group in all_groups(moto):
        if group.id == target or (call.operation == "DeleteVpc" and group.vpc_id == target):
            gone += [group.id, *(rule.id for rule in [*group.ingress_rules, *group.egress_rules])]
    if call.operation == "DeleteVpc":
        acls = [acl.id for acl in moto.network_acls.values() if acl.vpc_id == target]
        tables = [table.id for table in moto.route_tables.values() if table.vpc_id == target]
        for acl in acls:
            del moto.network_acls[acl]
        gone += acls + tables
    return gone


def _shown(moto: Any, target: str) -> str:
    """An elastic IP is named by its address in errors, everything else by its id."""
    return next((one.public_ip for one in moto.addresses if one.allocation_id == target), target)

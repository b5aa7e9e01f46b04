"""Routes in EC2's words: which parameter names a destination and a target, and which target a live route leads to."""

from typing import Any

from eksgpu.engine.refs import Ref

# Prefix of the target's id -> parameter of CreateRoute, and the same in Terraform.
TARGETS = {
    "igw": ("GatewayId", "gateway_id"),
    "nat": ("NatGatewayId", "nat_gateway_id"),
    "tgw": ("TransitGatewayId", "transit_gateway_id"),
    "pcx": ("VpcPeeringConnectionId", "vpc_peering_connection_id"),
    "eigw": ("EgressOnlyInternetGatewayId", "egress_only_gateway_id"),
    "eni": ("NetworkInterfaceId", "network_interface_id"),
}
PARAMETERS = tuple(parameter for parameter, _ in TARGETS.values())
KINDS = {"internet_gateway": "igw", "nat_gateway": "nat"}
PROPAGATED = "EnableVgwRoutePropagation"


def destination(cidr: str) -> dict[str, str]:
    """The parameter that names a destination."""
    return {"DestinationIpv6CidrBlock" if ":" in cidr else "DestinationCidrBlock": cidr}


def target_parameter(target: str) -> dict[str, str]:
    """The parameter that names a target, told by the prefix of its id; a gateway of any other kind is a gateway."""
    parameter, _ = TARGETS.get(target.partition("-")[0], TARGETS["igw"])
    return {parameter: target}


def target_argument(target: Ref | str) -> str:
    """Terraform's argument for a target that may not exist yet."""
    prefix = KINDS.get(target.target.partition("/")[0], "") if isinstance(target, Ref) else target.partition("-")[0]
    return TARGETS.get(prefix, TARGETS["igw"])[1]


def target_of(route: dict[str, Any]) -> tuple[str, str] | None:
    """Destination and target of a live route; None for those that AWS keeps itself."""
    cidr = route.get("DestinationCidrBlock") or route.get("DestinationIpv6CidrBlock")
    if not cidr or route.get("GatewayId") == "local" or route.get("Origin") == PROPAGATED:
        return None
    return cidr, next((route[name] for name in PARAMETERS if route.get(name)), "")

"""Route tables: created once per client token, listed with the routes that lead nowhere any more marked as such.

moto shows every route as active, and takes a NAT gateway that does not exist.
"""

from typing import Any

from eksgpu.sandbox.ec2 import tags
from eksgpu.sandbox.ec2.backend import backend
from eksgpu.sandbox.ec2.front import ec2
from eksgpu.sandbox.ec2.listing import Listing, listed
from eksgpu.sandbox.ec2.quota import refuse_over
from eksgpu.sandbox.ec2.tokens import once
from eksgpu.sandbox.overlay import Call, Refused

LISTING = Listing(
    "RouteTables",
    "RouteTableId",
    "RouteTableIds",
    ("InvalidRouteTableID.NotFound", "The routeTable ID '{}' does not exist"),
    {
        "association.gateway-id": "Associations.GatewayId",
        "association.main": "Associations.Main",
        "association.route-table-association-id": "Associations.RouteTableAssociationId",
        "association.route-table-id": "Associations.RouteTableId",
        "association.subnet-id": "Associations.SubnetId",
        "owner-id": "OwnerId",
        "route-table-id": "RouteTableId",
        "route.destination-cidr-block": "Routes.DestinationCidrBlock",
        "route.destination-prefix-list-id": "Routes.DestinationPrefixListId",
        "route.gateway-id": "Routes.GatewayId",
        "route.nat-gateway-id": "Routes.NatGatewayId",
        "route.state": "Routes.State",
        "vpc-id": "VpcId",
    },
)
TARGETS = {
    "GatewayId": "gateway_id",
    "InstanceId": "instance_id",
    "NatGatewayId": "nat_gateway_id",
    "EgressOnlyInternetGatewayId": "egress_only_internet_gateway_id",
    "TransitGatewayId": "transit_gateway_id",
    "NetworkInterfaceId": "network_interface_id",
    "VpcPeeringConnectionId": "vpc_peering_connection_id",
}


@ec2("CreateRouteTable")
def create_route_table(call: Call) -> dict[str, Any]:
    """Create a table; a repeated ClientToken returns the first one."""
    moto = backend(call.world, call.region)

    def create() -> str:
        refuse_over(call, sum(table.vpc_id == call.params["VpcId"] for table in moto.route_tables.values()))
        return str(call.moto()["RouteTable"]["RouteTableId"])

    made, _ = once(call, create, lambda known: known in moto.route_tables)
    return {"RouteTable": shown(moto, moto.route_tables[made]), "ClientToken": call.params.get("ClientToken")}


@ec2("DescribeRouteTables")
def describe_route_tables(call: Call) -> dict[str, Any]:
    """Every table with its routes and associations."""
    moto = backend(call.world, call.region)
    return listed(call, LISTING, [shown(moto, table) for table in moto.route_tables.values()])


@ec2("CreateRoute", "ReplaceRoute")
def create_route(call: Call) -> dict[str, Any]:
    """Set a route; its destination must be new (CreateRoute) and its NAT gateway must exist."""
    moto = backend(call.world, call.region)
    gateway = call.params.get("NatGatewayId")
    if gateway and (gateway not in moto.nat_gateways or moto.nat_gateways[gateway].state == "deleted"):
        raise Refused("InvalidNatGatewayID.NotFound", f"The natGateway ID '{gateway}' does not exist")
    answer = call.moto()
    return answer if call.operation == "ReplaceRoute" else {"Return": True}


@ec2("AssociateRouteTable")
def associate_route_table(call: Call) -> dict[str, Any]:
    """Give a subnet its table; one that has another keeps it and the request is refused."""
    moto, wanted = backend(call.world, call.region), call.params["RouteTableId"]
    for table in moto.route_tables.values():
        if table.id != wanted and call.params.get("SubnetId") in table._associations.values():
            raise Refused(
                "Resource.AlreadyAssociated",
                f"the specified association for route table {wanted} conflicts with an existing association",
            )
    return call.moto()


def shown(moto: Any, table: Any) -> dict[str, Any]:
    """A table as DescribeRouteTables shows it."""
    return {
        "RouteTableId": table.id,
        "VpcId": table.vpc_id,
        "OwnerId": table.owner_id,
        "PropagatingVgws": [],
        "Routes": [_route(moto, route) for route in table.routes],
        "Associations": _associations(table),
        "Tags": tags.shown(moto, table.id),
    }


def _associations(table: Any) -> list[dict[str, Any]]:
    common = {"RouteTableId": table.id, "AssociationState": {"State": "associated"}}
    found: list[dict[str, Any]] = []
    if table.main_association_id is not None:
        found.append({**common, "RouteTableAssociationId": table.main_association_id, "Main": True})
    for association, target in table._associations.items():
        key = "SubnetId" if target.startswith("subnet-") else "GatewayId"
        found.append({**common, "RouteTableAssociationId": association, "Main": False, key: target})
    return found


def _route(moto: Any, route: Any) -> dict[str, Any]:
    return {
        "DestinationCidrBlock": route.destination_cidr_block,
        "DestinationIpv6CidrBlock": route.destination_ipv6_cidr_block,
        "DestinationPrefixListId": route.destination_prefix_list_id,
        **{member: getattr(route, name) for member, name in TARGETS.items()},
        "Origin": route.origin,
        "State": "blackhole" if _leads_nowhere(moto, route) else "active",
    }


def _leads_nowhere(moto: Any, route: Any) -> bool:
    """Source: "Route tables" in the VPC guide: a route whose target is gone stays, with state blackhole."""
    if route.nat_gateway is not None:
        return str(route.nat_gateway.state) in ("deleted", "failed")
    if route.gateway is not None and route.gateway.id.startswith("igw-"):
        vpc = getattr(route.gateway, "vpc", None)
        return vpc is None or vpc.id != route.route_table.vpc_id or route.gateway.id not in moto.internet_gateways
    return False

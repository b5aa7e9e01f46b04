"""The VPC endpoint operations: create, describe, modify, delete, with the states between.

A gateway endpoint is there in seconds; an interface endpoint takes a minute, and its interfaces hold their subnets
until minutes after its deletion was asked for.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

from moto.ec2.utils import random_vpc_ep_id

from eksgpu.sandbox.ec2 import tags
from eksgpu.sandbox.ec2.backend import backend, later
from eksgpu.sandbox.ec2.endpoint import OPEN_POLICY, Endpoint, check_route_table
from eksgpu.sandbox.ec2.front import ec2
from eksgpu.sandbox.ec2.listing import Listing, listed
from eksgpu.sandbox.ec2.quota import refuse_over
from eksgpu.sandbox.ec2.tokens import once
from eksgpu.sandbox.overlay import Call, Refused

LISTING = Listing(
    "VpcEndpoints",
    "VpcEndpointId",
    "VpcEndpointIds",
    ("InvalidVpcEndpointId.NotFound", "The Vpc Endpoint Id '{}' does not exist"),
    {
        "service-name": "ServiceName",
        "vpc-id": "VpcId",
        "vpc-endpoint-id": "VpcEndpointId",
        "vpc-endpoint-state": "State",
        "vpc-endpoint-type": "VpcEndpointType",
    },
)


@ec2("CreateVpcEndpoint")
def create_vpc_endpoint(call: Call) -> dict[str, Any]:
    """Start an endpoint; a repeated ClientToken returns the first one."""
    moto = backend(call.world, call.region)
    made, _ = once(call, lambda: _create(call, moto), lambda known: known in moto.vpc_end_points)
    return {
        "VpcEndpoint": moto.vpc_end_points[made].shown(moto),
        "ClientToken": call.params.get("ClientToken"),
    }


@ec2("DescribeVpcEndpoints")
def describe_vpc_endpoints(call: Call) -> dict[str, Any]:
    """The endpoints that are not gone."""
    moto = backend(call.world, call.region)
    return listed(call, LISTING, [endpoint.shown(moto) for endpoint in moto.vpc_end_points.values()])


@ec2("ModifyVpcEndpoint")
def modify_vpc_endpoint(call: Call) -> dict[str, Any]:
    """Add and remove route tables, subnets and groups; set the policy and private DNS."""
    moto = backend(call.world, call.region)
    endpoint = _found(moto, call.params["VpcEndpointId"])
    params = call.params
    if params.get("ResetPolicy"):
        endpoint.policy = OPEN_POLICY
    endpoint.policy = params.get("PolicyDocument", endpoint.policy)
    endpoint.private_dns = params.get("PrivateDnsEnabled", endpoint.private_dns)
    each(params.get("RemoveRouteTableIds"), partial(endpoint.remove_route_table, moto))
    each(params.get("AddRouteTableIds"), partial(check_route_table, moto, endpoint.service_name))
    each(params.get("AddRouteTableIds"), partial(endpoint.add_route_table, moto))
    removed = params.get("RemoveSecurityGroupIds", ())
    groups = [group for group in endpoint.groups if group not in removed]
    groups += [group for group in params.get("AddSecurityGroupIds", ()) if group not in groups]
    if groups != endpoint.groups:
        endpoint.use_groups(moto, groups)
    each(params.get("RemoveSubnetIds"), endpoint.remove_subnet)
    each([one for one in params.get("AddSubnetIds", ()) if one not in endpoint.interfaces], endpoint.add_subnet)
    return {"Return": True}


@ec2("DeleteVpcEndpoints")
def delete_vpc_endpoints(call: Call) -> dict[str, Any]:
    """Start deleting; ids that do not exist are reported, not refused."""
    moto = backend(call.world, call.region)
    unsuccessful = []
    for endpoint_id in call.params["VpcEndpointIds"]:
        endpoint = moto.vpc_end_points.get(endpoint_id)
        if endpoint is None:
            error = {
                "Code": "InvalidVpcEndpoint.NotFound",
                "Message": f"The Vpc Endpoint Id '{endpoint_id}' does not exist",
            }
            unsuccessful.append({"ResourceId": endpoint_id, "Error": error})
        elif endpoint.state != "deleting":
            _delete(call, moto, endpoint)
    return {"Unsuccessful": unsuccessful}


def each(values: list[str] | None, action: Callable[[str], None]) -> None:
    """Do `action` for every value of a parameter that may be absent."""
    for value in values or ():
        action(value)


def _create(call: Call, moto: Any) -> str:
    params, kind = call.params, call.params.get("VpcEndpointType", "Gateway")
    vpc = moto.get_vpc(params["VpcId"])
    if not params.get("ServiceName", "").startswith(f"com.amazonaws.{call.region}."):
        raise Refused("InvalidServiceName", f"The Vpc Endpoint Service '{params.get('ServiceName')}' does not exist")
    _refuse_over(call, moto, kind)
    each(params.get("RouteTableIds"), partial(check_route_table, moto, params["ServiceName"]))
    each(params.get("SubnetIds"), moto.get_subnet)
    private_dns = params.get("PrivateDnsEnabled", True) if kind == "Interface" else False
    if private_dns:
        _check_private_dns(call, moto, vpc)
    endpoint = Endpoint(
        call.world,
        call.region,
        random_vpc_ep_id(),
        vpc.id,
        params["ServiceName"],
        kind,
        params.get("PolicyDocument", OPEN_POLICY),
        private_dns,
        call.world.clock.now(),
        groups=params.get("SecurityGroupIds") or _default_groups(moto, vpc.id, kind),
    )
    moto.vpc_end_points[endpoint.id] = endpoint
    each(params.get("RouteTableIds"), partial(endpoint.add_route_table, moto))
    each(params.get("SubnetIds"), endpoint.add_subnet)
    tags.put(moto, endpoint.id, tags.requested(call, "vpc-endpoint"))
    seconds = call.world.durations.seconds(f"ec2:{kind.lower()}-endpoint:create")
    later(call.world, call.region, seconds, lambda: _appear(endpoint))
    return endpoint.id


def _refuse_over(call: Call, moto: Any, kind: str) -> None:
    alive = [endpoint for endpoint in moto.vpc_end_points.values() if endpoint.kind == kind]
    if kind == "Interface":
        alive = [endpoint for endpoint in alive if endpoint.vpc_id == call.params["VpcId"]]
    refuse_over(call, len(alive), limit=f"CreateVpcEndpoint:{kind}")


def _check_private_dns(call: Call, moto: Any, vpc: Any) -> None:
    if not (vpc.enable_dns_support and vpc.enable_dns_hostnames):
        raise Refused(
            "InvalidParameter",
            "Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes set to true"
            f" for {vpc.id}",
        )
    service = call.params["ServiceName"]
    for other in moto.vpc_end_points.values():
        if other.vpc_id == vpc.id and other.service_name == service and other.private_dns:
            raise Refused(
                "InvalidParameter",
                "private-dns-enabled cannot be set because there is already a conflicting DNS domain for"
                f" {service.rpartition('.')[2]}.{call.region}.amazonaws.com in the VPC {vpc.id}",
            )


def _default_groups(moto: Any, vpc_id: str, kind: str) -> list[str]:
    return [moto.get_default_security_group(vpc_id).id] if kind == "Interface" else []


def _appear(endpoint: Endpoint) -> None:
    if endpoint.state == "pending":
        endpoint.state = "available"


def _delete(call: Call, moto: Any, endpoint: Endpoint) -> None:
    endpoint.state = "deleting"
    each(list(endpoint.route_tables), partial(endpoint.remove_route_table, moto))
    key = "ec2:interface-endpoint:delete" if endpoint.kind == "Interface" else "ec2:gateway-endpoint:create"
    later(call.world, call.region, call.world.durations.seconds(key), lambda: _vanish(moto, endpoint))


def _vanish(moto: Any, endpoint: Endpoint) -> None:
    each(list(endpoint.interfaces), endpoint.remove_subnet)
    moto.vpc_end_points.pop(endpoint.id, None)
    tags.forget(moto, endpoint.id)


def _found(moto: Any, endpoint_id: str) -> Endpoint:
    endpoint: Endpoint | None = moto.vpc_end_points.get(endpoint_id)
    if endpoint is None:
        code, text = LISTING.missing or ("", "")
        raise Refused(code, text.format(endpoint_id))
    return endpoint

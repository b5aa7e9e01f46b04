"""What keeps our VPCs from going and is not ours: the part of destroy's proof that says what was left, and why.

It only reads. An interface whose owner (an instance, a NAT gateway, an endpoint, a load balancer) is named already is
not named again.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from eksgpu.catalog.instance import instance
from eksgpu.catalog.price import price
from eksgpu.errors import Denied

from .byproducts.controller_tags import KARPENTER_NODE_POOL
from .run import AwsRun, tag_map

Item = Mapping[str, Any]

GROUND = re.compile(r"(vpc|subnet|sg)-[0-9a-f]+")
GOING = ("shutting-down", "deleting")
PERMISSIONS = frozenset({
    "ec2:DescribeInstances", "ec2:DescribeNatGateways", "ec2:DescribeVpcEndpoints", "ec2:DescribeVpcPeeringConnections",
    "ec2:DescribeInternetGateways", "ec2:DescribeRouteTables", "ec2:DescribeSubnets", "ec2:DescribeSecurityGroups",
    "ec2:DescribeNetworkInterfaces", "elasticloadbalancing:DescribeLoadBalancers",
})  # fmt: skip


@dataclass(frozen=True)
class Held:
    """One thing that holds a VPC. `id` is empty when the caller may not look for things of that kind.

    holds:   physical ids of VPCs, subnets and security groups that cannot go before it.
    passing: it is going, or AWS takes it away by itself.
    """

    kind: str
    id: str
    why: str
    usd_per_day: float = 0.0
    holds: frozenset[str] = field(default=frozenset(), compare=False)
    passing: bool = field(default=False, compare=False)


@dataclass(frozen=True)
class Search:
    """Where one kind of holder is found.

    why: what it is, in words that follow "holds the VPC:"; None for what AWS takes away together with the VPC.
    """

    kind: str
    method: str
    key: str
    id: str
    by: str
    why: Callable[[Item], str | None]
    usd_per_day: Callable[[Item], float] = lambda _: 0.0


def holders(run: AwsRun, vpc_ids: Sequence[str], ours: Collection[str]) -> list[Held]:
    """What stands in these VPCs, sorted by kind and id.

    ours: physical ids of what the run knows and deletes itself; neither they nor their interfaces are named.
    """
    if not vpc_ids:
        return []
    looks = [partial(_found, run, search, vpc_ids) for search in SEARCHES]
    looks.append(partial(_load_balancers, run, vpc_ids))
    known = set(ours)
    held = [one for found in run.parallel(lambda look: look(), looks) for one in found if one.id not in known]
    owners = known | {one.id for one in held}
    held += [one for one in _interfaces(run, vpc_ids, owners) if one.id not in known]
    unique = {(one.kind, one.id): one for one in held}
    return sorted(unique.values(), key=lambda one: (one.kind, one.id))


def _found(run: AwsRun, search: Search, vpc_ids: Sequence[str]) -> list[Held]:
    try:
        items = _items(run, search, vpc_ids)
    except Denied as error:
        return [_unseen(search.kind, error)]
    return [
        Held(search.kind, item[search.id], why, search.usd_per_day(item), frozenset(_ids(item)), _passing(run, item))
        for item in items
        if (why := search.why(item)) is not None and not run.mark.owns(_tags(item))
    ]


def _ids(tree: Any) -> Iterator[str]:
    """Every id of a VPC, a subnet or a security group that stands anywhere in a description."""
    if isinstance(tree, str):
        if GROUND.fullmatch(tree):
            yield tree
    elif isinstance(tree, Mapping):
        for value in tree.values():
            yield from _ids(value)
    elif isinstance(tree, list):
        for value in tree:
            yield from _ids(value)


def _passing(run: AwsRun, item: Item) -> bool:
    tags, state, description = _tags(item), item.get("State"), item.get("Description", "")
    return (
        (state["Name"] if isinstance(state, Mapping) else state) in GOING
        or run.mark.cluster in (tags.get("eks:cluster-name"), tags.get("aws:eks:cluster-name"))
        or description == f"Amazon EKS {run.mark.cluster}"
        or description.startswith("ELB ")
    )


def _items(run: AwsRun, search: Search, vpc_ids: Sequence[str]) -> list[Item]:
    filters = [{"Name": search.by, "Values": list(vpc_ids)}]
    # EC2 spells the parameter in the singular for this one call.
    parameter = "Filter" if search.method == "describe_nat_gateways" else "Filters"
    found = run.aws.ec2.pages(search.method, search.key, **{parameter: filters})
    if search.key == "Reservations":
        return [item for reservation in found for item in reservation["Instances"]]
    return list(found)


def _load_balancers(run: AwsRun, vpc_ids: Sequence[str]) -> list[Held]:
    cost = price("loadBalancer").money().usd_per_day
    try:
        found = list(run.aws.elbv2.pages("describe_load_balancers", "LoadBalancers"))
    except Denied as error:
        return [_unseen("load_balancer", error)]
    return [
        Held(
            "load_balancer",
            one["LoadBalancerArn"],
            f"{one.get('Type', 'a')} load balancer",
            cost,
            frozenset(_ids(one)),
        )
        for one in found
        if one.get("VpcId") in vpc_ids
    ]


def _interfaces(run: AwsRun, vpc_ids: Sequence[str], owners: Collection[str]) -> list[Held]:
    search = Search(
        "network_interface", "describe_network_interfaces", "NetworkInterfaces", "NetworkInterfaceId", "vpc-id",
        lambda item: None if _owner_named(item, owners) else _interface(item),
    )  # fmt: skip
    return _found(run, search, vpc_ids)


def _owner_named(item: Item, owners: Iterable[str]) -> bool:
    if item.get("Attachment", {}).get("InstanceId") in owners:
        return True
    # AWS's own interfaces name their owner in the description: "ELB app/name/id", "VPC Endpoint Interface vpce-…".
    words = item.get("Description", "").split()
    return bool(words) and any(owner == words[-1] or owner.endswith(f"loadbalancer/{words[-1]}") for owner in owners)


def _interface(item: Item) -> str:
    made_by = f" made by {item['RequesterId']}" if item.get("RequesterManaged") and item.get("RequesterId") else ""
    description = item.get("Description", "")
    if description.startswith("Amazon EKS "):
        return f"network interface of an EKS control plane ({description}); EKS takes it away with the cluster"
    if description.startswith("ELB "):
        return f"network interface of a load balancer ({description}); AWS takes it away minutes after the balancer"
    return f"network interface{made_by}, {item.get('Status', 'state unknown')}{_named(item, description)}"


def _instance(item: Item) -> str | None:
    state = item["State"]["Name"]
    if state == "terminated":
        return None
    tags = tag_map(item.get("Tags"))
    if KARPENTER_NODE_POOL in tags:
        origin = f"started by Karpenter for node pool {tags[KARPENTER_NODE_POOL]}"
    elif "eks:nodegroup-name" in tags:
        origin = f"node of node group {tags['eks:nodegroup-name']}"
    else:
        origin = "not started for this cluster"
    return f"{item['InstanceType']} instance, {state}, {origin}{_named(item)}"


def _instance_cost(item: Item) -> float:
    known = instance(item["InstanceType"])
    return 24 * (known.us_east_1_usd_per_hour or 0.0) if known and item["State"]["Name"] == "running" else 0.0


def _security_group(item: Item) -> str | None:
    if item["GroupName"] == "default":
        return None
    tags = tag_map(item.get("Tags"))
    if "aws:eks:cluster-name" in tags:
        return (
            f"cluster security group of EKS cluster {tags['aws:eks:cluster-name']}; it stays as long as any network"
            " interface uses it"
        )
    return f"security group {item['GroupName']}: {item.get('Description', '')}"


def _endpoint(item: Item) -> str | None:
    if item["State"].lower() == "deleted":
        return None
    return (
        f"{item.get('VpcEndpointType', '')} endpoint for {item['ServiceName']}, {item['State'].lower()}{_named(item)}"
    )


def _endpoint_cost(item: Item) -> float:
    zones = len(item.get("SubnetIds", []))  # a gateway endpoint has none, and is free
    return price("interfaceEndpoint").money(zones).usd_per_day


def _nat_gateway(item: Item) -> str | None:
    return None if item["State"] in ("deleted", "failed") else f"NAT gateway, {item['State']}{_named(item)}"


def _peering(item: Item) -> str | None:
    status = item.get("Status", {}).get("Code", "")
    if status in ("deleted", "rejected", "expired", "failed"):
        return None
    ends = (item.get(end, {}).get("VpcId", "") for end in ("RequesterVpcInfo", "AccepterVpcInfo"))
    return f"peering connection, {status}: {' to '.join(ends)}"


def _route_table(item: Item) -> str | None:
    main = any(one.get("Main") for one in item.get("Associations", []))
    return None if main else f"route table{_named(item)}"


def _named(item: Item, otherwise: str = "") -> str:
    """`: name` for people, from the Name tag."""
    name = _tags(item).get("Name") or otherwise
    return f": {name}" if name else ""


def _tags(item: Item) -> dict[str, str]:
    """Tags have another key on interfaces."""
    return tag_map(item.get("Tags") or item.get("TagSet"))


def _unseen(kind: str, error: Denied) -> Held:
    return Held(kind, "", f"nobody could look: the caller lacks {error.action or error.operation}")


def _cost_of(name: str) -> Callable[[Item], float]:
    return lambda _: price(name).money().usd_per_day


_PEERINGS = ("vpc_peering_connection", "describe_vpc_peering_connections", "VpcPeeringConnections")
SEARCHES = (
    Search("instance", "describe_instances", "Reservations", "InstanceId", "vpc-id", _instance, _instance_cost),
    Search(
        "nat_gateway", "describe_nat_gateways", "NatGateways", "NatGatewayId", "vpc-id",
        _nat_gateway, _cost_of("natGateway"),
    ),
    Search(
        "vpc_endpoint", "describe_vpc_endpoints", "VpcEndpoints", "VpcEndpointId", "vpc-id", _endpoint, _endpoint_cost
    ),
    Search(*_PEERINGS, "VpcPeeringConnectionId", "requester-vpc-info.vpc-id", _peering),
    Search(*_PEERINGS, "VpcPeeringConnectionId", "accepter-vpc-info.vpc-id", _peering),
    Search(
        "internet_gateway", "describe_internet_gateways", "InternetGateways", "InternetGatewayId", "attachment.vpc-id",
        lambda item: f"internet gateway{_named(item)}",
    ),
    Search("route_table", "describe_route_tables", "RouteTables", "RouteTableId", "vpc-id", _route_table),
    Search(
        "subnet", "describe_subnets", "Subnets", "SubnetId", "vpc-id",
        lambda item: f"subnet {item['CidrBlock']}{_named(item)}",
    ),
    Search("security_group", "describe_security_groups", "SecurityGroups", "GroupId", "vpc-id", _security_group),
)  # fmt: skip

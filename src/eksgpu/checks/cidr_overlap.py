"""Whether the addresses of the new VPC and of Kubernetes services are used elsewhere."""

from collections.abc import Iterable, Iterator, Mapping
from ipaddress import IPv4Network
from typing import Any

from eksgpu.aws.run import AwsRun
from eksgpu.aws.vpc import Vpc

from .check import check
from .context import CheckContext
from .finding import Finding, Severity

ID = "cidr-overlap"


@check(
    ID,
    "no network of the account has the same addresses",
    permissions=("ec2:DescribeVpcs", "ec2:DescribeVpcPeeringConnections"),
)
def cidr_overlap(context: CheckContext) -> Iterator[Finding]:
    """VPCs with common addresses can never be connected, by peering or otherwise, and a VPC keeps its addresses for
    life. Worse are services with the addresses of a peered network: pods then cannot reach that network at all.
    """
    new = [vpc for vpc in context.new("vpc") if isinstance(vpc, Vpc)]
    for vpc in new:
        yield from _other_vpcs(context.run, vpc)
    services = context.spec.spec.network.service_cidr
    if services is not None and context.new("eks_cluster") and not new:
        yield from _peers(context, services)


def _other_vpcs(run: AwsRun, vpc: Vpc) -> Iterator[Finding]:
    cidr = IPv4Network(vpc.cidr)
    taken = [
        f"{other['VpcId']} ({found})"
        for other in run.aws.ec2.pages("describe_vpcs", "Vpcs")
        for found in _overlapping(cidr, _cidrs(other))
    ]
    if taken:
        message = f"{cidr} overlaps {', '.join(sorted(taken))}: these VPCs can never be connected"
        fix = "choose another spec.network.cidr if the cluster is ever to reach them"
        yield Finding(ID, Severity.WARNING, "spec.network.cidr", message, fix)


def _peers(context: CheckContext, services: IPv4Network) -> Iterator[Finding]:
    ours = _live_vpcs(context)
    for peering in context.run.aws.ec2.pages("describe_vpc_peering_connections", "VpcPeeringConnections"):
        sides = (peering["RequesterVpcInfo"], peering["AccepterVpcInfo"])
        if peering["Status"]["Code"] != "active" or not ours & {side["VpcId"] for side in sides}:
            continue
        for peer in sides:
            if peer["VpcId"] in ours:
                continue
            for found in _overlapping(services, _peer_cidrs(peer)):
                message = (
                    f"services {services} overlap {found} of {peer['VpcId']}, with which the VPC is peered "
                    f"({peering['VpcPeeringConnectionId']}): pods could not reach it"
                )
                fix = "choose another range, or leave spec.network.serviceCidr out"
                yield Finding(ID, Severity.ERROR, "spec.network.serviceCidr", message, fix)


def _live_vpcs(context: CheckContext) -> set[str]:
    """The VPC that the cluster goes into: named by the spec, or made in an earlier run."""
    changes = context.plan.changes if context.plan else ()
    live = {change.live.id for change in changes if change.kind == Vpc.kind and change.live}
    named = context.spec.spec.network.vpc
    return live | ({named.id} if named is not None and not isinstance(named, str) else set())


def _overlapping(cidr: IPv4Network, others: Iterable[str]) -> list[str]:
    return [other for other in others if cidr.overlaps(IPv4Network(other))]


def _cidrs(vpc: Mapping[str, Any]) -> set[str]:
    associated = vpc.get("CidrBlockAssociationSet", [])
    return {vpc["CidrBlock"], *(item["CidrBlock"] for item in associated)}


def _peer_cidrs(side: Mapping[str, Any]) -> set[str]:
    several = {item["CidrBlock"] for item in side.get("CidrBlockSet", [])}
    return several or {cidr for cidr in [side.get("CidrBlock")] if cidr}

"""Whether each zone has room for its NAT gateway."""

from collections import Counter
from collections.abc import Iterator

from eksgpu.aws.nat_gateway import NatGateway
from eksgpu.aws.run import AwsRun
from eksgpu.aws.subnet import Subnet
from eksgpu.catalog.quota import counts
from eksgpu.engine.refs import Ref
from eksgpu.facts.quotas import read_quota

from .check import check
from .context import CheckContext
from .finding import Finding
from .room import too_many

IDS_PER_FILTER = 200  # EC2's limit


@check(
    "nat-gateway-quota",
    "every zone has room for its NAT gateway",
    permissions=("ec2:DescribeNatGateways", "ec2:DescribeSubnets", "servicequotas:GetServiceQuota"),
)
def nat_gateway_quota(context: CheckContext) -> Iterator[Finding]:
    """NAT gateways are limited in each zone, and those of other VPCs count too."""
    new = Counter(zone for resource in context.new("nat_gateway") if (zone := _zone(context, resource)))
    if not new:
        return
    quota, run = counts()["natGatewaysPerZone"], context.run
    limit = read_quota(run, quota)
    there = _by_zone(run)
    for zone, count in sorted(new.items()):
        where = f"zone {zone}"
        yield from too_many("nat-gateway-quota", where, quota, limit, there=there[zone], new=count, region=run.region)


def _zone(context: CheckContext, gateway: object) -> str | None:
    if not isinstance(gateway, NatGateway) or not isinstance(gateway.subnet, Ref):
        return None
    subnet = context.graph.resources[gateway.subnet.target]
    return subnet.zone if isinstance(subnet, Subnet) else None


def _by_zone(run: AwsRun) -> Counter[str]:
    living = [{"Name": "state", "Values": ["pending", "available", "deleting"]}]
    subnets = [nat["SubnetId"] for nat in run.aws.ec2.pages("describe_nat_gateways", "NatGateways", Filters=living)]
    zones: dict[str, str] = {}
    ids = sorted(set(subnets))
    for start in range(0, len(ids), IDS_PER_FILTER):
        wanted = [{"Name": "subnet-id", "Values": ids[start : start + IDS_PER_FILTER]}]
        found = run.aws.ec2.pages("describe_subnets", "Subnets", Filters=wanted)
        zones |= {subnet["SubnetId"]: subnet["AvailabilityZone"] for subnet in found}
    return Counter(zones[subnet] for subnet in subnets if subnet in zones)

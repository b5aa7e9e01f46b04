"""Whether the region has room for one more internet gateway."""

from collections.abc import Iterator

from eksgpu.catalog.quota import counts
from eksgpu.facts.quotas import read_quota

from .check import check
from .context import CheckContext
from .finding import Finding
from .room import too_many


@check(
    "internet-gateway-quota",
    "the region has room for the internet gateway",
    permissions=("ec2:DescribeInternetGateways", "servicequotas:GetServiceQuota"),
)
def internet_gateway_quota(context: CheckContext) -> Iterator[Finding]:
    """Its quota is apart from that of VPCs: raising one does not always raise the other."""
    new = context.new("internet_gateway")
    if not new:
        return
    quota, run = counts()["internetGateways"], context.run
    there = sum(1 for _ in run.aws.ec2.pages("describe_internet_gateways", "InternetGateways"))
    limit = read_quota(run, quota)
    yield from too_many(
        "internet-gateway-quota", "spec.network", quota, limit, there=there, new=len(new), region=run.region
    )

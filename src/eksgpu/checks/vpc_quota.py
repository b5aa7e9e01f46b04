"""Whether the region has room for one more VPC."""

from collections.abc import Iterator

from eksgpu.catalog.quota import counts
from eksgpu.facts.quotas import read_quota

from .check import check
from .context import CheckContext
from .finding import Finding
from .room import too_many


@check(
    "vpc-quota", "the region has room for the VPC", permissions=("ec2:DescribeVpcs", "servicequotas:GetServiceQuota")
)
def vpc_quota(context: CheckContext) -> Iterator[Finding]:
    """A fresh account may have five VPCs in a region, one of them the default VPC; many accounts are full."""
    new = context.new("vpc")
    if not new:
        return
    quota = counts()["vpcs"]
    there = sum(1 for _ in context.run.aws.ec2.pages("describe_vpcs", "Vpcs"))
    limit = read_quota(context.run, quota)
    yield from too_many("vpc-quota", "spec.network", quota, limit, there=there, new=len(new), region=context.run.region)

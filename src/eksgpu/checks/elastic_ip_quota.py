"""Whether the region has room for the addresses of the NAT gateways."""

from collections.abc import Iterator

from eksgpu.catalog.quota import counts

from .check import check
from .context import CheckContext
from .finding import Finding
from .room import too_many


@check("elastic-ip-quota", "the region has room for the elastic IPs", permissions=("ec2:DescribeAddresses",))
def elastic_ip_quota(context: CheckContext) -> Iterator[Finding]:
    """Every NAT gateway needs an elastic IP, and a fresh account may have five in a region: one NAT gateway per zone
    is often more than what is left.
    """
    new = context.new("elastic_ip")
    if not new:
        return
    quota, run = counts()["elasticIps"], context.run
    there = len(run.aws.ec2.describe_addresses()["Addresses"])  # EC2 answers with all of them at once
    limit = context.facts.quotas.get(quota.code, quota.default)
    yield from too_many(
        "elastic-ip-quota", "spec.network.natGateways", quota, limit, there=there, new=len(new), region=run.region
    )

"""A VPC that is there already: its subnets, their zones, how many addresses are free, and whether a way leads out."""

from collections.abc import Mapping, Sequence
from typing import Any

from eksgpu.aws.run import AwsRun
from eksgpu.errors import EksgpuError, NotFound

from .found import FoundNetwork, FoundSubnet

PERMISSIONS = frozenset({"ec2:DescribeVpcs", "ec2:DescribeSubnets", "ec2:DescribeRouteTables"})
DEFAULT = "default"
EVERYWHERE = "0.0.0.0/0"


def read_network(run: AwsRun, vpc: str, subnets: Sequence[str] = ()) -> FoundNetwork:
    """The VPC with these subnets; of the default VPC (`default`) all that AWS made in it. Three calls.

    Raises EksgpuError where there is no such VPC, no such subnet, or a subnet of another VPC.
    """
    found = _default_vpc(run) if vpc == DEFAULT else _named_vpc(run, vpc)
    inside = [{"Name": "vpc-id", "Values": [found["VpcId"]]}]
    chosen = _default_subnets(run, found["VpcId"]) if vpc == DEFAULT else _named_subnets(run, found["VpcId"], subnets)
    ways = _ways(list(run.aws.ec2.pages("describe_route_tables", "RouteTables", Filters=inside)))
    return FoundNetwork(
        found["VpcId"],
        found["CidrBlock"],
        tuple(sorted((_subnet(one, ways) for one in chosen), key=lambda one: (one.zone, one.id))),
    )


def _default_vpc(run: AwsRun) -> dict[str, Any]:
    wanted = [{"Name": "is-default", "Values": ["true"]}]
    found: dict[str, Any] | None = next(iter(run.aws.ec2.pages("describe_vpcs", "Vpcs", Filters=wanted)), None)
    if found is None:
        raise EksgpuError(
            f"network.vpc: account {run.account} has no default VPC in {run.region}",
            hint="`aws ec2 create-default-vpc` makes one; or name a VPC with its subnets, or leave network.vpc out",
        )
    return found


def _named_vpc(run: AwsRun, vpc: str) -> dict[str, Any]:
    try:
        found: dict[str, Any] = run.aws.ec2.describe_vpcs(VpcIds=[vpc])["Vpcs"][0]
    except NotFound as error:
        raise EksgpuError(f"network.vpc: there is no VPC {vpc} in {run.region} (account {run.account})") from error
    return found


def _default_subnets(run: AwsRun, vpc: str) -> list[dict[str, Any]]:
    filters = [{"Name": "vpc-id", "Values": [vpc]}, {"Name": "default-for-az", "Values": ["true"]}]
    return list(run.aws.ec2.pages("describe_subnets", "Subnets", Filters=filters))


def _named_subnets(run: AwsRun, vpc: str, subnets: Sequence[str]) -> list[dict[str, Any]]:
    try:
        found: list[dict[str, Any]] = run.aws.ec2.describe_subnets(SubnetIds=list(subnets))["Subnets"]
    except NotFound as error:
        raise EksgpuError(f"network.vpc.subnets: {error.message}", hint="name subnets of this region") from error
    for one in found:
        if one["VpcId"] != vpc:
            raise EksgpuError(f"network.vpc.subnets: {one['SubnetId']} lies in {one['VpcId']}, not in {vpc}")
    return found


def _ways(tables: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Subnet id → where its default route leads; "" is the key of the VPC's main table."""
    ways: dict[str, str] = {}
    for table in tables:
        way = next((_way(route) for route in table["Routes"] if route.get("DestinationCidrBlock") == EVERYWHERE), "")
        for association in table.get("Associations", []):
            ways["" if association.get("Main") else association.get("SubnetId", "")] = way
    return ways


def _way(route: Mapping[str, Any]) -> str:
    if route.get("State", "active") != "active":
        return ""
    return "internet-gateway" if str(route.get("GatewayId", "")).startswith("igw-") else "other"


def _subnet(subnet: Mapping[str, Any], ways: Mapping[str, str]) -> FoundSubnet:
    return FoundSubnet(
        id=subnet["SubnetId"],
        zone=subnet["AvailabilityZone"],
        zone_id=subnet.get("AvailabilityZoneId", ""),
        free=subnet.get("AvailableIpAddressCount", 0),
        public=subnet.get("MapPublicIpOnLaunch", False),
        way=ways.get(subnet["SubnetId"], ways.get("", "")),
    )

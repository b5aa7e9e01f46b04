"""The VPC of a cluster that somebody else made: two zones, nodes in private subnets behind one NAT gateway."""

from dataclasses import dataclass

from eksgpu.aws.clients import Clients
from eksgpu.aws.run import tag_list

CIDR = "10.60.0.0/16"
PRIVATE, PUBLIC = ("10.60.0.0/20", "10.60.16.0/20"), ("10.60.128.0/24", "10.60.129.0/24")
EVERYWHERE = "0.0.0.0/0"


@dataclass(frozen=True)
class Network:
    """Its subnets by id."""

    vpc: str
    private: tuple[str, ...]
    public: tuple[str, ...]


def network(aws: Clients, cluster: str) -> Network:
    """Make it, tagged as Karpenter's own guide tags it."""
    found = aws.ec2.describe_availability_zones(Filters=[{"Name": "zone-type", "Values": ["availability-zone"]}])
    zones = [zone["ZoneName"] for zone in found["AvailabilityZones"]][: len(PRIVATE)]
    vpc = aws.ec2.create_vpc(CidrBlock=CIDR, TagSpecifications=_named("vpc", f"{cluster}-vpc"))["Vpc"]["VpcId"]
    for attribute in ("EnableDnsSupport", "EnableDnsHostnames"):
        aws.ec2.modify_vpc_attribute(VpcId=vpc, **{attribute: {"Value": True}})
    discovery = {"karpenter.sh/discovery": cluster, "kubernetes.io/role/internal-elb": "1"}
    private = tuple(
        _subnet(aws, vpc, cidr, zone, f"{cluster}-private-{zone}", discovery)
        for cidr, zone in zip(PRIVATE, zones, strict=True)
    )
    public = tuple(
        _subnet(aws, vpc, cidr, zone, f"{cluster}-public-{zone}", {"kubernetes.io/role/elb": "1"})
        for cidr, zone in zip(PUBLIC, zones, strict=True)
    )
    _routes(aws, cluster, Network(vpc, private, public))
    return Network(vpc, private, public)


def _subnet(aws: Clients, vpc: str, cidr: str, zone: str, name: str, tags: dict[str, str]) -> str:
    made = aws.ec2.create_subnet(
        VpcId=vpc, CidrBlock=cidr, AvailabilityZone=zone, TagSpecifications=_named("subnet", name, tags)
    )
    return str(made["Subnet"]["SubnetId"])


def _routes(aws: Clients, cluster: str, there: Network) -> None:
    gateway = aws.ec2.create_internet_gateway(TagSpecifications=_named("internet-gateway", f"{cluster}-igw"))
    internet = gateway["InternetGateway"]["InternetGatewayId"]
    aws.ec2.attach_internet_gateway(InternetGatewayId=internet, VpcId=there.vpc)
    _table(aws, there.vpc, f"{cluster}-public", there.public, GatewayId=internet)
    address = aws.ec2.allocate_address(Domain="vpc", TagSpecifications=_named("elastic-ip", f"{cluster}-nat"))
    nat = aws.ec2.create_nat_gateway(
        SubnetId=there.public[0],
        AllocationId=address["AllocationId"],
        TagSpecifications=_named("natgateway", f"{cluster}-nat"),
    )
    _table(aws, there.vpc, f"{cluster}-private", there.private, NatGatewayId=nat["NatGateway"]["NatGatewayId"])


def _table(aws: Clients, vpc: str, name: str, subnets: tuple[str, ...], **target: str) -> None:
    made = aws.ec2.create_route_table(VpcId=vpc, TagSpecifications=_named("route-table", name))
    table = made["RouteTable"]["RouteTableId"]
    aws.ec2.create_route(RouteTableId=table, DestinationCidrBlock=EVERYWHERE, **target)
    for subnet in subnets:
        aws.ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)


def _named(kind: str, name: str, tags: dict[str, str] | None = None) -> list[dict[str, object]]:
    return [{"ResourceType": kind, "Tags": tag_list({"Name": name, **(tags or {})})}]

"""The network: a VPC with a public, a private and an intra subnet in every zone. Rows 000-03 to 000-06."""

from collections.abc import Iterator, Sequence
from ipaddress import IPv4Network

from eksgpu.aws.elastic_ip import ElasticIp
from eksgpu.aws.internet_gateway import InternetGateway
from eksgpu.aws.nat_gateway import NatGateway
from eksgpu.aws.route_table import RouteTable
from eksgpu.aws.security_group import SecurityGroup
from eksgpu.aws.security_group_rule import SecurityGroupRule
from eksgpu.aws.subnet import Subnet
from eksgpu.aws.vpc import Vpc
from eksgpu.aws.vpc_endpoint import VpcEndpoint
from eksgpu.components.site import VPC, Site
from eksgpu.engine.refs import Ref
from eksgpu.engine.resource import Resource
from eksgpu.facts.model import Zone
from eksgpu.spec.models import Network

from .cidr import subnet_cidrs

EVERYWHERE = "0.0.0.0/0"
ROLE_TAGS = {
    "public": {"kubernetes.io/role/elb": "1"},
    "private": {"kubernetes.io/role/internal-elb": "1"},
    "intra": {},
}
# From the control plane to the nodes: webhooks of controllers, the kubelet. Source: the seed's module, row 000-06.
CONTROL_PLANE_TO_NODES = {
    443: "node groups",
    4443: "metrics-server",
    6443: "prometheus-adapter webhook",
    8443: "Karpenter webhook",
    9443: "load balancer controller webhook",
    10250: "kubelet",
    10251: "metrics-server webhook",
}


def network(site: Site, spec: Network, zones: Sequence[Zone]) -> Iterator[Resource]:
    """Everything of the VPC, security groups included."""
    yield Vpc("main", cidr=str(spec.cidr), tags=site.tags)
    yield InternetGateway("main", vpc=VPC, tags=site.tags)
    yield from _subnets(site, spec, zones)
    yield from _nat(site, spec, zones)
    yield from _routes(site, spec, zones)
    yield from _endpoints(site, spec, zones)
    yield from security_groups(site, VPC)


def subnet(role: str, zone: Zone) -> Ref:
    """The subnet of a role in a zone."""
    return Ref(f"subnet/{role}-{zone.name}")


def private_routes(zones: Sequence[Zone], nat: str) -> tuple[Ref, ...]:
    """The private route tables: order for what needs the way out."""
    return tuple(Ref(f"route_table/{name}") for name in _private_tables(zones, nat))


def _subnets(site: Site, spec: Network, zones: Sequence[Zone]) -> Iterator[Resource]:
    discovery = {"karpenter.sh/discovery": site.cluster}
    for position, zone in enumerate(zones):
        cidrs = subnet_cidrs(IPv4Network(spec.cidr), zone.letter)
        if spec.private_subnets:
            cidrs |= {"private": str(spec.private_subnets[position]), "public": str(spec.public_subnets[position])}
        for role, cidr in cidrs.items():
            tags = {**site.tags, **ROLE_TAGS[role], **(discovery if role == "private" else {})}
            name = f"{role}-{zone.name}"
            yield Subnet(name, vpc=VPC, cidr=cidr, zone=zone.name, public=role == "public", tags=tags)


def _nat_zones(spec: Network, zones: Sequence[Zone]) -> Sequence[Zone]:
    return {"single": zones[:1], "perZone": zones, "none": ()}[spec.nat_gateways]


def _nat(site: Site, spec: Network, zones: Sequence[Zone]) -> Iterator[Resource]:
    for zone in _nat_zones(spec, zones):
        yield ElasticIp(f"nat-{zone.name}", tags=site.tags)
        yield NatGateway(
            zone.name,
            subnet=subnet("public", zone),
            address=Ref(f"elastic_ip/nat-{zone.name}"),
            # The public route table: before it, the gateway could not reach anything.
            after=(Ref("internet_gateway/main"),),
            tags=site.tags,
        )


def _private_tables(zones: Sequence[Zone], nat: str) -> dict[str, Sequence[Zone]]:
    """Private route tables by name: one for all zones, or one in each where each has its gateway."""
    if nat == "perZone":
        return {f"private-{zone.name}": (zone,) for zone in zones}
    return {"private": zones}


def _routes(site: Site, spec: Network, zones: Sequence[Zone]) -> Iterator[Resource]:
    yield RouteTable(
        "public",
        vpc=VPC,
        routes=((EVERYWHERE, Ref("internet_gateway/main")),),
        subnets=tuple(subnet("public", zone) for zone in zones),
        tags=site.tags,
    )
    yield RouteTable("intra", vpc=VPC, subnets=tuple(subnet("intra", zone) for zone in zones), tags=site.tags)
    gateways = _nat_zones(spec, zones)
    for name, served in _private_tables(zones, spec.nat_gateways).items():
        gateway = served[0] if spec.nat_gateways == "perZone" else next(iter(gateways), None)
        routes = ((EVERYWHERE, Ref(f"nat_gateway/{gateway.name}")),) if gateway else ()
        subnets = tuple(subnet("private", zone) for zone in served)
        yield RouteTable(name, vpc=VPC, routes=routes, subnets=subnets, tags=site.tags)


def _endpoints(site: Site, spec: Network, zones: Sequence[Zone]) -> Iterator[Resource]:
    if spec.vpc_endpoints.s3:
        tables = private_routes(zones, spec.nat_gateways)
        service = f"com.amazonaws.{site.region}.s3"
        yield VpcEndpoint("s3", vpc=VPC, service=service, route_tables=tables, tags=site.tags)
    if not spec.vpc_endpoints.ecr:
        return
    for name in ("ecr.api", "ecr.dkr"):
        yield VpcEndpoint(
            name.replace(".", "-"),
            vpc=VPC,
            service=f"com.amazonaws.{site.region}.{name}",
            type="Interface",
            subnets=tuple(subnet("private", zone) for zone in zones),
            security_groups=(Ref("security_group/endpoints"),),
            private_dns=True,
            tags=site.tags,
        )
    yield SecurityGroup("endpoints", vpc=VPC, description="HTTPS from the VPC to its endpoints", tags=site.tags)
    yield SecurityGroupRule(
        "endpoints-https",
        group=Ref("security_group/endpoints"),
        direction="ingress",
        protocol="tcp",
        source=str(spec.cidr),
        description="HTTPS from the VPC",
        from_port=443,
        to_port=443,
        tags=site.tags,
    )


def security_groups(site: Site, vpc: Ref | str) -> Iterator[Resource]:
    """The groups of control plane and nodes, with what each lets the other reach."""
    yield SecurityGroup("cluster", vpc=vpc, description="Control plane of the cluster", tags=site.tags)
    yield SecurityGroup("node", vpc=vpc, description="Nodes of the cluster", tags=site.tags)
    yield _rule(site, "cluster-https-from-nodes", "cluster", "node", 443, 443, "Kubernetes API from nodes")
    for port, what in CONTROL_PLANE_TO_NODES.items():
        yield _rule(site, f"node-{port}-from-cluster", "node", "cluster", port, port, f"{what} from the control plane")
    yield _rule(site, "node-dns-tcp", "node", "node", 53, 53, "DNS among nodes")
    yield _rule(site, "node-dns-udp", "node", "node", 53, 53, "DNS among nodes", protocol="udp")
    yield _rule(site, "node-ephemeral", "node", "node", 1025, 65535, "high ports among nodes")


def _rule(
    site: Site, name: str, group: str, source: str, first: int, last: int, what: str, protocol: str = "tcp"
) -> SecurityGroupRule:
    return SecurityGroupRule(
        name,
        group=Ref(f"security_group/{group}"),
        direction="ingress",
        protocol=protocol,
        source=Ref(f"security_group/{source}"),
        description=what,
        from_port=first,
        to_port=last,
        tags=site.tags,
    )

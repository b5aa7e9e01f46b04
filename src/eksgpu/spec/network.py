"""`network`: the VPC with its subnets, one of each kind per zone, or a VPC that is already there.

The CIDR plan gives every zone letter a fixed place, so that a VPC always needs room for eight of each kind.
"""

from collections.abc import Iterator
from ipaddress import IPv4Network
from itertools import combinations
from typing import Annotated, Literal

from pydantic import Field, Tag

from eksgpu.catalog import limits
from eksgpu.spec.base import Fault, SpecModel
from eksgpu.spec.fields import AnySpelling, Cidr
from eksgpu.spec.names import matching
from eksgpu.spec.shapes import LIST, MAPPING, NUMBER, WORD, by_shape

ZoneName = Annotated[
    str, matching(r"[a-z0-9-]+-\d[a-z]", "no availability zone is named so", "a zone looks like us-west-2a")
]
VpcId = Annotated[str, matching(r"vpc-[0-9a-f]{8,17}", "it is no VPC id", "a VPC id looks like vpc-0a1b2c3d4e5f67890")]
SubnetId = Annotated[
    str, matching(r"subnet-[0-9a-f]{8,17}", "it is no subnet id", "a subnet id looks like subnet-0a1b2c3d4e5f67890")
]
Zones = Annotated[
    Annotated[Annotated[Literal["all"], AnySpelling("zones are a list: [us-west-2a, us-west-2b]")], Tag(WORD)]
    | Annotated[int, Tag(NUMBER)]
    | Annotated[tuple[ZoneName, ...], Tag(LIST)],
    by_shape("all, how many zones, or a list of zone names"),
]


class VpcEndpoints(SpecModel):
    """Ways to AWS services that do not pass through the NAT gateway."""

    s3: bool = True
    """Gateway endpoint for S3, which also carries image layers from ECR. It costs nothing."""
    ecr: bool = False
    """Interface endpoints for ECR's API and registry; each costs by the hour in every zone."""


class ExistingVpc(SpecModel):
    """A VPC that is there already. Nothing in it is changed or tagged."""

    id: VpcId
    """The VPC's id."""
    subnets: tuple[SubnetId, ...]
    """The subnets for nodes and control plane, in at least two zones."""

    def faults(self) -> Iterator[Fault]:
        least = limits.span("zones").low
        if len(self.subnets) < least:
            yield Fault(("subnets",), f"EKS needs subnets in at least {least} zones; {len(self.subnets)} given")


class Network(SpecModel):
    """The VPC to make, or with `vpc` the one to use."""

    cidr: Cidr = IPv4Network("10.0.0.0/16")
    """The VPC's addresses. In a /16 every zone gets a /20 for nodes and pods, a /24 for load balancers and a /24 for
    the control plane. It cannot be changed once the VPC lives."""
    zones: Zones = "all"
    """Zones to use: `all` of the region, a number of them (2 to 8), or their names. More zones, more Spot capacity."""
    nat_gateways: Annotated[Literal["single", "perZone", "none"], AnySpelling()] = "single"
    """One NAT gateway for all zones, one in each (survives the loss of a zone, costs as often), or none."""
    vpc_endpoints: VpcEndpoints = Field(default_factory=VpcEndpoints)
    """VPC endpoints to make."""
    public_subnets: tuple[Cidr, ...] = ()
    """CIDRs of the public subnets in place of the plan's; the n-th lies in the n-th zone."""
    private_subnets: tuple[Cidr, ...] = ()
    """CIDRs of the private subnets in place of the plan's; the n-th lies in the n-th zone."""
    service_cidr: Cidr | None = None
    """Addresses of Kubernetes services; EKS chooses when unset. It cannot be changed once the cluster lives."""
    vpc: (
        Annotated[
            Annotated[Annotated[Literal["default"], AnySpelling()], Tag(WORD)] | Annotated[ExistingVpc, Tag(MAPPING)],
            by_shape("default, or a mapping with id and subnets"),
        ]
        | None
    ) = None
    """Use a VPC that is there already: `default` is the region's default VPC."""

    def faults(self) -> Iterator[Fault]:
        if self.vpc is not None:
            yield from self._beside_vpc()
            return
        yield from self._vpc_size()
        yield from self._zone_count()
        yield from self._explicit_subnets()
        yield from self._services()

    def _beside_vpc(self) -> Iterator[Fault]:
        for name in ("cidr", "zones", "nat_gateways", "public_subnets", "private_subnets"):
            if name in self.model_fields_set:
                alias = type(self).model_fields[name].alias or name
                yield Fault((alias,), "a VPC that is there already has its own", f"remove {alias}, or vpc")
        if "vpc_endpoints" in self.model_fields_set:
            message = "endpoints would change the route tables and names of a VPC that is not ours"
            yield Fault(("vpcEndpoints",), message, "remove vpcEndpoints, or vpc")

    def _vpc_size(self) -> Iterator[Fault]:
        prefix, allowed = self.cidr.prefixlen, limits.span("vpcPrefix")
        longest = limits.span("subnetPrefix").high - limits.plan_bits().public
        if prefix not in allowed:
            message = f"a VPC is a /{allowed.low} to a /{allowed.high}; {self.cidr} is a /{prefix}"
            yield Fault(("cidr",), message, "use a /16, such as 10.0.0.0/16")
        elif prefix > longest and not self.private_subnets:
            need = f"eight zones of three subnets need a /{longest} or larger"
            message = f"{self.cidr} is too small for the subnet plan: {need}"
            yield Fault(("cidr",), message, f"use {_widened(self.cidr, longest)}")

    def _zone_count(self) -> Iterator[Fault]:
        if self.zones == "all":
            return
        count = self.zones if isinstance(self.zones, int) else len(self.zones)
        allowed = limits.span("zones")
        if count > allowed.high:
            message = f"{count} zones are too many: the subnet plan has room for {allowed.high}"
            fewer = (
                f"write zones: {allowed.high}" if isinstance(self.zones, int) else f"leave out {count - allowed.high}"
            )
            yield Fault(("zones",), message, fewer)
        elif count < allowed.low:
            yield Fault(("zones",), f"EKS needs at least {allowed.low} zones; {count} given", "use zones: all")
        if isinstance(self.zones, tuple):
            for position, name in enumerate(self.zones):
                if name in self.zones[:position]:
                    yield Fault(("zones", position), f"{name} is listed twice")

    def _explicit_subnets(self) -> Iterator[Fault]:
        public, private = len(self.public_subnets), len(self.private_subnets)
        if public != private:
            shorter = "publicSubnets" if public < private else "privateSubnets"
            yield Fault((shorter,), f"{public} public and {private} private subnets given; each zone needs one of each")
        elif isinstance(self.zones, tuple) and private and private != len(self.zones):
            yield Fault(("privateSubnets",), f"{private} subnets for {len(self.zones)} zones; each zone needs one")
        elif private > limits.span("zones").high:
            yield Fault(("privateSubnets",), f"{private} subnets are too many: one per zone, at most 8 zones")
        given = [(("publicSubnets", n), cidr) for n, cidr in enumerate(self.public_subnets)]
        given += [(("privateSubnets", n), cidr) for n, cidr in enumerate(self.private_subnets)]
        for path, cidr in given:
            if not cidr.subnet_of(self.cidr):
                yield Fault(path, f"{cidr} lies outside the VPC's {self.cidr}", "choose a part of it, or widen cidr")
            if cidr.prefixlen not in limits.span("subnetPrefix"):
                yield Fault(path, f"a subnet is a /16 to a /28; {cidr} is a /{cidr.prefixlen}")
        for (_, first), (path, second) in combinations(given, 2):
            if first.overlaps(second):
                yield Fault(path, f"{second} overlaps {first}", "give every subnet addresses of its own")

    def _services(self) -> Iterator[Fault]:
        cidr, allowed = self.service_cidr, limits.span("serviceCidrPrefix")
        if cidr is None:
            return
        if cidr.prefixlen not in allowed or not cidr.is_private:
            yield Fault(("serviceCidr",), f"{cidr} must be a private /{allowed.low} to /{allowed.high}")
        if cidr.overlaps(self.cidr):
            yield Fault(("serviceCidr",), f"{cidr} overlaps the VPC's {self.cidr}", "leave it out")


def _widened(cidr: IPv4Network, prefix: int) -> IPv4Network:
    return cidr.supernet(new_prefix=prefix)

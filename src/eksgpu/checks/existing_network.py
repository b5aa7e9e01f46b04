"""Whether a VPC that is there already can hold the cluster: zones, free addresses, and a way out."""

from collections.abc import Iterator

from eksgpu.catalog import limits
from eksgpu.facts.found import FoundNetwork, FoundSubnet

from .check import check
from .context import CheckContext
from .finding import Finding, Severity

ID = "existing-network"
WHERE = "spec.network.vpc"


@check(ID, "the VPC that is there already has zones, addresses and a way out")
def existing_network(context: CheckContext) -> Iterator[Finding]:
    """EKS wants two zones and six free addresses in each subnet of its control plane. A node without a way to EKS, ECR
    and EC2 never becomes ready; one in a public subnet has such a way only with a public address of its own.
    """
    network = context.facts.network
    if network is None:
        return
    yield from _zones(context, network)
    for subnet in network.subnets:
        yield from _addresses(subnet)
        yield from _way_out(subnet)


def _zones(context: CheckContext, network: FoundNetwork) -> Iterator[Finding]:
    able = {zone.name for zone in context.facts.zones if zone.control_plane}
    zones, least = [zone for zone in network.zones if zone in able], limits.span("zones").low
    if len(zones) < least:
        message = f"EKS needs subnets in at least {least} zones; those of {network.vpc} lie in {_named(zones)}"
        yield Finding(ID, Severity.ERROR, WHERE, message, f"add subnets in other zones of {', '.join(sorted(able))}")


def _addresses(subnet: FoundSubnet) -> Iterator[Finding]:
    least, advised = limits.number("controlPlaneAddresses"), limits.number("controlPlaneAddressesAdvised")
    if subnet.free >= advised:
        return
    message = f"{subnet.id} ({subnet.zone}) has {subnet.free} free addresses; the control plane needs {least}"
    severity = Severity.ERROR if subnet.free < least else Severity.WARNING
    yield Finding(ID, severity, f"{WHERE}, {subnet.id}", f"{message}, AWS advises {advised}, and every pod takes one")


def _way_out(subnet: FoundSubnet) -> Iterator[Finding]:
    where = f"{WHERE}, {subnet.id}"
    if subnet.way == "internet-gateway" and not subnet.public:
        message = f"{subnet.id} leads to an internet gateway but gives no public addresses: its nodes could not use it"
        yield Finding(ID, Severity.ERROR, where, message, "use a subnet with a NAT gateway, or turn on its addresses")
    elif not subnet.way:
        message = f"{subnet.id} has no route to the internet: its nodes reach EKS, ECR and EC2 by VPC endpoints alone"
        yield Finding(ID, Severity.WARNING, where, message, "make sure that the VPC has these endpoints")


def _named(zones: list[str]) -> str:
    return f"{', '.join(zones)} alone" if zones else "none that EKS can use"

"""Whether the control plane gets subnets in enough zones."""

from collections.abc import Iterator

from eksgpu.aws.eks_cluster import EksCluster
from eksgpu.aws.subnet import Subnet
from eksgpu.catalog import limits
from eksgpu.engine.refs import Chosen, Ref

from .check import check
from .context import CheckContext
from .finding import Finding, Severity


@check("zone-count", "the control plane has subnets in two zones or more")
def zone_count(context: CheckContext) -> Iterator[Finding]:
    """EKS makes no cluster with subnets in fewer than two zones, and some zones can hold nodes but no control plane."""
    least = limits.span("zones").low
    barred = sorted(zone.name for zone in context.facts.zones if not zone.control_plane)
    for cluster in context.graph:
        if not isinstance(cluster, EksCluster) or cluster.shared:
            continue
        zones = _zones(context, cluster)
        if zones is None or len(zones) >= least:
            continue
        message = f"EKS needs subnets in at least {least} zones for its control plane; there is {_named(zones)}"
        if barred:
            message += f" ({', '.join(barred)} can hold nodes only)"
        able = [zone.name for zone in context.facts.zones if zone.control_plane]
        yield Finding("zone-count", Severity.ERROR, "spec.network.zones", message, f"use some of {', '.join(able)}")


def _zones(context: CheckContext, cluster: EksCluster) -> set[str] | None:
    """The zones of the cluster's subnets; None when one of them is given by its id."""
    subnets = cluster.subnets.value if isinstance(cluster.subnets, Chosen) else cluster.subnets
    found = [context.graph.resources[ref.target] if isinstance(ref, Ref) else None for ref in subnets]
    zones = {subnet.zone for subnet in found if isinstance(subnet, Subnet)}
    return zones if all(isinstance(subnet, Subnet) for subnet in found) else None


def _named(zones: set[str]) -> str:
    return f"only {', '.join(sorted(zones))}" if zones else "none"

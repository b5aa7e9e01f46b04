"""The bill before anything exists: what always runs, and what pools may grow to, from the spec and today's prices."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from eksgpu.catalog import load
from eksgpu.catalog.instance import InstanceType
from eksgpu.catalog.price import Price, price
from eksgpu.facts.ceiling import most_nodes
from eksgpu.facts.model import Facts
from eksgpu.spec.models import ClusterSpec, Disk, GpuCluster, NodeGroup, NodePool
from eksgpu.units import Money

from .cost import Cost, CostItem
from .zones import chosen_zones

ECR_ENDPOINTS = 2  # its API and its registry
GP3_IOPS, GP3_THROUGHPUT = 3000, 125  # what a gp3 volume has without extra cost


@dataclass(frozen=True)
class Ceiling:
    """The most that a pool may cost: so many nodes of one type."""

    item: InstanceType
    nodes: int
    usd_per_hour: float


def bill(spec: GpuCluster, facts: Facts) -> Cost:
    """Every line of the cost. Spot counts at the on-demand price, which is its ceiling."""
    body = spec.spec
    return Cost(
        (
            *(_whole_cluster(spec, facts) if body.cluster is None else ()),
            *(item for group in body.node_groups for item in _node_group(group, facts)),
            *_public_nodes(body),
            *(_pool(pool, facts) for pool in body.node_pools),
        )
    )


def dearest(pool: NodePool, prices: Mapping[str, float]) -> Ceiling | None:
    """The type that makes the pool dearest at its limits; None when it has none, or no price is known.

    prices: the region's own; the catalogue's stand in.
    """
    found = []
    for item in pool.types:
        usd = prices.get(item.name, item.us_east_1_usd_per_hour)
        nodes = most_nodes(pool.effective_limits, item) if pool.replicas is None else pool.replicas
        if usd is not None and nodes is not None:
            found.append(Ceiling(item, nodes, nodes * usd))
    return max(found, key=lambda most: (most.usd_per_hour, most.item.name), default=None)


def priced_type(group: NodeGroup) -> InstanceType:
    """The type that a group's price is taken from: the preferred one; on Spot, where EC2 chooses, the dearest."""
    if group.capacity != "spot":
        return group.types[0]
    return max(group.types, key=lambda item: item.us_east_1_usd_per_hour or 0)


def _whole_cluster(spec: GpuCluster, facts: Facts) -> Iterator[CostItem]:
    yield _control_plane(spec.spec, facts)
    yield from _network(spec, facts)
    yield from _encryption_and_logs(spec.spec)


def _control_plane(body: ClusterSpec, facts: Facts) -> CostItem:
    known = facts.cluster_version(facts.version)
    extended = known is not None and known.support != "standard"
    end = (known.extended_ends if extended else known.standard_ends) if known else None
    details = [f"Kubernetes {facts.version}", f"{'extended' if extended else 'standard'} support"]
    details[-1] += f" until {end}" if end else ""
    if body.control_plane.tier != "standard":
        details.append(f"without the surcharge of {body.control_plane.tier}, which is not known here")
    return _listed(
        price("eksExtendedSupport" if extended else "eksCluster"), 1, "; ".join(details), what="control plane"
    )


def _network(spec: GpuCluster, facts: Facts) -> Iterator[CostItem]:
    network = spec.spec.network
    if network.vpc is not None:
        return
    zones = len(network.private_subnets) or len(chosen_zones(spec, facts))
    gateways = {"single": 1, "perZone": zones, "none": 0}[network.nat_gateways]
    if gateways:
        yield _listed(price("natGateway"), gateways, "one for all zones" if gateways == 1 else "one per zone")
        yield _listed(price("publicIpv4Address"), gateways, "of the NAT gateways")
    if network.vpc_endpoints.ecr:
        yield _listed(price("interfaceEndpoint"), ECR_ENDPOINTS * zones, "ECR's API and registry, in every zone")


def _encryption_and_logs(body: ClusterSpec) -> Iterator[CostItem]:
    if body.secrets_encryption.kms_key == "create":
        yield _listed(price("kmsKey"), 1, "encrypts Kubernetes secrets")
    if body.logging.types:
        detail = f"{', '.join(body.logging.types)}; what is written and kept is billed by use"
        yield CostItem("control-plane log group", 1, 0.0, True, _catalogue(), detail)


def _node_group(group: NodeGroup, facts: Facts) -> Iterator[CostItem]:
    if not group.desired:
        return
    item = priced_type(group)
    details = {
        "spot": f"{item.name}; ceiling: on-demand price, Spot costs less",
        "capacity-block": f"{item.name}; paid when the capacity block is bought, not here",
        "reserved": f"{item.name}; on-demand price, paid by the reservation whether used or not",
    }
    usd, source = _usd(item, facts)
    if usd is None or group.capacity == "capacity-block":
        usd = 0.0
    detail = details.get(group.capacity, item.name)
    yield CostItem(f"node group {group.name}", group.desired, usd * group.desired, True, source, detail)
    yield _volumes(group, group.disk)


def _volumes(group: NodeGroup, disk: Disk) -> CostItem:
    gib = disk.size.in_gib
    each = price("gp3Storage").money(gib)
    each += price("gp3Iops").money(max(0, (disk.iops or 0) - GP3_IOPS))
    each += price("gp3Throughput").money(max(0, (disk.throughput or 0) - GP3_THROUGHPUT))
    detail = f"{disk.type}, {gib:.0f} GiB each"
    if disk.type != "gp3":
        detail += "; at the price of gp3"
    return CostItem(
        f"volumes of {group.name}", group.desired, each.usd_per_hour * group.desired, True, _catalogue(), detail
    )


def _public_nodes(body: ClusterSpec) -> Iterator[CostItem]:
    nodes = sum(group.desired for group in body.node_groups)
    if body.network.vpc == "default" and nodes:
        yield _listed(price("publicIpv4Address"), nodes, "of the nodes, in the default VPC's public subnets")


def _pool(pool: NodePool, facts: Facts) -> CostItem:
    what = f"pool {pool.name}"
    most = dearest(pool, facts.prices)
    if most is None:
        why = "no limits: it grows as long as pods ask" if not pool.effective_limits else "its price is not known"
        return CostItem(what, 0, 0.0, False, _catalogue(), why)
    detail = most.item.name if len(pool.types) == 1 else f"if all of it were {most.item.name}, the dearest it may take"
    if "on-demand" not in pool.capacity:
        detail += "; on-demand price as ceiling"
    always = pool.replicas is not None  # so many nodes whether pods need them or not
    return CostItem(what, most.nodes, most.usd_per_hour, always, _usd(most.item, facts)[1], detail)


def _usd(item: InstanceType, facts: Facts) -> tuple[float | None, str]:
    """USD per hour and where it comes from."""
    known = facts.prices.get(item.name)
    if known is not None:
        return known, f"AWS price list, {facts.region}"
    return item.us_east_1_usd_per_hour, "catalogue, us-east-1's list price"


def _listed(unit: Price, count: int, detail: str, what: str = "") -> CostItem:
    total: Money = unit.money(count)
    return CostItem(what or unit.what, count, total.usd_per_hour, True, _catalogue(), detail)


def _catalogue() -> str:
    return f"catalogue, us-east-1, {load.as_of('prices')}"

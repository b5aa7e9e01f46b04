"""The whole graph: what the user wrote and what is true now, as wanted objects with their edges."""

from collections.abc import Collection, Iterator

from eksgpu.components.aws_load_balancer_controller import aws_load_balancer_controller
from eksgpu.components.karpenter import karpenter
from eksgpu.components.site import VPC, Site
from eksgpu.engine.graph import Graph
from eksgpu.engine.resource import Resource
from eksgpu.facts.model import Facts
from eksgpu.spec.models import GpuCluster

from .beside import beside, refuse, standing, what_is_added
from .control_plane import addons, control_plane, encryption_key
from .identity import access, roles
from .kubernetes import kubernetes
from .network import network, security_groups
from .node_groups import node_groups
from .place import Place, found_vpc, own_vpc
from .zones import chosen_zones


def build(
    spec: GpuCluster,
    facts: Facts,
    *,
    account: str,
    caller: str,
    live_zones: Collection[str] = (),
    live_versions: Collection[str] = (),
) -> Graph:
    """The graph of a spec. Pure: equal arguments give equal graphs.

    caller:     ARN of who applies; gets access as an administrator.
    live_zones: zones that the cluster uses already (see `chosen_zones`).
    live_versions: Kubernetes versions of its control plane and node groups; while one differs from the run's version,
                   an upgrade is under way.

    Raises EksgpuError for zones that are not there, PlanRefused for what cannot be built.
    """
    site = Site(
        cluster=facts.cluster.name if facts.cluster is not None else spec.metadata.name,
        account=account,
        region=facts.region,
        partition=facts.partition,
        caller=caller,
        vpc=facts.network.vpc if facts.network is not None else VPC,
        tags=dict(spec.metadata.tags),
    )
    if facts.cluster is not None:
        refuse(spec, facts.cluster)
        place = beside(facts.cluster)
        made = tuple(what_is_added(site, spec, facts.cluster, facts, place))
        return Graph(standing((*made, *kubernetes(site, spec, facts, place, made))))
    upgrading = any(version != facts.version for version in live_versions)
    place = _place(spec, facts, live_zones)
    aws = tuple(_aws(site, spec, facts, place, live_zones, upgrading))
    return Graph((*aws, *kubernetes(site, spec, facts, place, aws)))


def _place(spec: GpuCluster, facts: Facts, live_zones: Collection[str]) -> Place:
    zones = chosen_zones(spec, facts, live_zones)
    return found_vpc(facts.network, zones) if facts.network is not None else own_vpc(spec.spec.network, zones)


def _aws(
    site: Site, spec: GpuCluster, facts: Facts, place: Place, live_zones: Collection[str], upgrading: bool
) -> Iterator[Resource]:
    if facts.network is not None:
        yield from security_groups(site, facts.network.vpc)
    else:
        yield from network(site, spec.spec.network, chosen_zones(spec, facts, live_zones))
    yield from roles(site, spec, encryption_key(spec.spec))
    yield from control_plane(site, spec, facts, place)
    yield from access(site, spec, facts)
    yield from node_groups(site, spec, facts, place, upgrading=upgrading)
    yield from addons(site, spec, facts, upgrading=upgrading)
    components = spec.spec.components
    if components.karpenter is not None:
        options = components.karpenter
        yield from karpenter(site, namespace=options.namespace, service_account=options.service_account)
    if components.aws_load_balancer_controller is not None:
        controller = components.aws_load_balancer_controller
        yield from aws_load_balancer_controller(
            site, namespace=controller.namespace, service_account=controller.service_account
        )

"""The whole graph: what the user wrote and what is true now, as wanted objects with their edges."""

from collections.abc import Collection, Iterator

from eksgpu.components.aws_load_balancer_controller import aws_load_balancer_controller
from eksgpu.components.karpenter import karpenter
from eksgpu.components.site import Site
from eksgpu.engine.graph import Graph
from eksgpu.engine.resource import Resource
from eksgpu.errors import PlanRefused
from eksgpu.facts.model import Facts
from eksgpu.spec.models import GpuCluster

from .control_plane import addons, control_plane, encryption_key
from .identity import access, roles
from .network import network
from .node_groups import node_groups
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
    if spec.spec.network.vpc is not None:
        raise PlanRefused(
            "network.vpc: building in a VPC that exists already is not supported yet", hint="leave it out"
        )
    site = Site(
        cluster=spec.metadata.name,
        account=account,
        region=facts.region,
        partition=facts.partition,
        caller=caller,
        tags=dict(spec.metadata.tags),
    )
    upgrading = any(version != facts.version for version in live_versions)
    return Graph(_resources(site, spec, facts, live_zones, upgrading))


def _resources(
    site: Site, spec: GpuCluster, facts: Facts, live_zones: Collection[str], upgrading: bool
) -> Iterator[Resource]:
    zones = chosen_zones(spec, facts, live_zones)
    yield from network(site, spec.spec.network, zones)
    yield from roles(site, spec, encryption_key(spec.spec))
    yield from control_plane(site, spec, facts, zones)
    yield from access(site, spec, facts)
    yield from node_groups(site, spec, zones, upgrading=upgrading)
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

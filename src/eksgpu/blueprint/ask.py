"""The question to AWS that a spec implies, so that probing can start before anything else is known. Pure."""

from collections.abc import Iterator

from pydantic.alias_generators import to_camel

from eksgpu.catalog import component, kubernetes
from eksgpu.facts.model import Ask
from eksgpu.spec.models import ClusterSpec, Components, ExistingVpc, GpuCluster, Network, NodePool

from .bill import dearest, priced_type

MOST_PRICES = 2  # one call each; the catalogue's prices serve for the rest


def ask(spec: GpuCluster, actions: tuple[str, ...], *, upgrade: bool = False) -> Ask:
    """What to find out for this spec.

    actions: IAM actions that the caller will need.
    upgrade: a newer Kubernetes version is accepted where the spec names none.
    """
    body = spec.spec
    metrics = ("metrics-server",) if body.components.metrics_server else ()
    return Ask(
        cluster=body.cluster.existing if body.cluster else spec.metadata.name,
        version=body.version,
        newest_allowed=newest_allowed(body.components),
        addons=(*body.addons.by_name, *metrics) if body.cluster is None else (),
        instance_types=tuple(dict.fromkeys(_offered(body))),
        priced=tuple(dict.fromkeys(_priced(body)))[:MOST_PRICES],
        spot=_wants_spot(body),
        actions=actions,
        principals=tuple(entry.principal for entry in body.access if ":assumed-role/" in entry.principal),
        upgrade=upgrade,
        existing=body.cluster is not None,
        node_roles=tuple(_node_roles(body)),
        existing_nodes={one.name: one.labels for one in body.existing_nodes},
        vpc=_vpc(body.network),
        subnets=body.network.vpc.subnets if isinstance(body.network.vpc, ExistingVpc) else (),
        systems=tuple(sorted({group.os for group in body.node_groups} | _systems(body))),
    )


def _systems(body: ClusterSpec) -> set[str]:
    """Of the pools that take the newest release."""
    return {pool.os for pool in body.node_pools if pool.ami is None}


def _node_roles(body: ClusterSpec) -> Iterator[str]:
    if body.cluster is not None and body.cluster.node_role:
        yield body.cluster.node_role
    yield from (str(pool.node_class_spec["role"]) for pool in body.node_pools if "role" in pool.node_class_spec)


def _vpc(network: Network) -> str | None:
    return network.vpc.id if isinstance(network.vpc, ExistingVpc) else network.vpc


def newest_allowed(components: Components) -> str:
    """The newest Kubernetes version that every chosen component works on in the release that the spec names.

    Where no version suits all of them it is the newest of all; the check of versions then says which one does not fit.
    """
    charts = component.components()
    releases = {to_camel(name): chosen.version for name, chosen in components if chosen}
    fitting = [
        item.version
        for item in kubernetes.creatable()
        if all(charts[name].supports(item.version, release) for name, release in releases.items() if name in charts)
    ]
    return max(fitting or [item.version for item in kubernetes.creatable()], key=kubernetes.minor)


def _offered(body: ClusterSpec) -> Iterator[str]:
    for group in body.node_groups:
        yield from group.instance_types
    for pool in body.node_pools:
        if _particular(pool):
            yield from (item.name for item in pool.types)


def _priced(body: ClusterSpec) -> Iterator[str]:
    for group in body.node_groups:
        yield priced_type(group).name
    for pool in body.node_pools:
        most = dearest(pool, {})
        if _particular(pool) and most:
            yield most.item.name


def _particular(pool: NodePool) -> bool:
    """Does it name GPUs, types or families? One that takes whole categories has hundreds of types to fall back on."""
    return bool(pool.gpu or pool.instance_types or pool.instance_families)


def _wants_spot(body: ClusterSpec) -> bool:
    groups = any(group.capacity == "spot" for group in body.node_groups)
    return groups or any("spot" in pool.capacity for pool in body.node_pools)

"""`status`: what lives now, by kind, with node groups, nodes, outputs and the price of it. Row 000-16."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from eksgpu.aws import KINDS
from eksgpu.blueprint.cost import Cost, CostItem
from eksgpu.catalog.instance import instance
from eksgpu.checks.live_cluster import FOR_STATUS, look
from eksgpu.engine.resource import Live
from eksgpu.errors import CloudError
from eksgpu.kube import KINDS as KUBE_KINDS
from eksgpu.kube.object import KubeObject

from .connect import Connection, Connector
from .discover import discover
from .gpu_figures import GpuFigures, gpu_figures
from .nodes import KARPENTER, NodesReport, nodes_report, spelled, spot_types
from .nodes_prices import spot_prices
from .options import Options
from .outputs import outputs
from .prepare import BY_NAME
from .report import StatusReport
from .target import connect_to

Group = tuple[str, str, str, int, str, float]


@dataclass(frozen=True)
class _Inside:
    """What the cluster itself says: our objects in it, its nodes, and how busy its GPUs are."""

    objects: tuple[Live, ...] = ()
    nodes: NodesReport | None = None
    gpus: GpuFigures | None = None
    notes: tuple[str, ...] = ()


def status(
    target: Path | str,
    options: Options,
    *,
    alias: str | None = None,
    with_nodes: bool = True,
    connector: Connector | None = None,
) -> StatusReport:
    """What the account holds of one cluster, by the spec's file or the cluster's name.

    alias:      for the context that `configure_kubectl` makes.
    with_nodes: ask the cluster itself too.
    """
    _, connection = connect_to(target, options, connector)
    try:
        lives = discover(connection.run, KINDS, connection.pool)
        inside = _inside(connection, lives) if with_nodes else _Inside()
    finally:
        connection.close()
    caller = connection.caller
    return StatusReport(
        caller=caller,
        exists=any(live.kind == "eks_cluster" for live in lives),
        resources=(*_resources(lives), *_objects(inside.objects)),
        groups=tuple(_group(live) for live in lives if live.kind == "eks_node_group"),
        outputs=outputs(lives, cluster=connection.run.eks_cluster, region=caller.region, options=options, alias=alias),
        cost=Cost((*_cost(lives), *_karpenter_cost(inside.nodes))),
        calls=connection.calls(),
        seconds=connection.seconds(),
        notes=inside.notes,
        nodes=inside.nodes,
        gpus=inside.gpus,
    )


def _inside(connection: Connection, lives: Sequence[Live]) -> _Inside:
    """One that does not let us in is still worth the rest of the report."""
    run = connection.run
    try:
        kube = connection.access.offered(lives)
        if kube is None:
            return _Inside()
        objects = tuple(live for kind in KUBE_KINDS for live in kind.discover(run))
        cluster = look(kube.api, run.parallel, FOR_STATUS)
        groups = [live.name for live in lives if live.kind == "eks_node_group"]
        nodes = nodes_report(cluster, spot_prices(run, spot_types(cluster.nodes)), groups)
        gpus = gpu_figures(kube.api, run.parallel, cluster, nodes)
    except CloudError as error:
        hint = f" ({error.hint})" if error.hint else ""
        return _Inside(notes=(f"what is in the cluster is not shown: {error.message}{hint}",))
    return _Inside(objects, nodes, gpus)


def _resources(lives: Sequence[Live]) -> tuple[tuple[str, int, str], ...]:
    rows = []
    for kind in KINDS:
        states = Counter(_state(live) for live in lives if live.kind == kind.kind)
        if states:
            rows.append((kind.kind, states.total(), _states(states)))
    return tuple(rows)


def _state(live: Live) -> str:
    return f"{live.state}, not ours" if live.shared else str(live.state)


def _objects(inside: Sequence[Live]) -> tuple[tuple[str, int, str], ...]:
    """Objects by their own kind, `NodePool.karpenter.sh`, and charts."""
    by_kind: dict[str, Counter[str]] = {}
    for live in inside:
        kind = live.name.partition("/")[0] if live.kind == KubeObject.kind else live.kind
        by_kind.setdefault(kind, Counter())[str(live.state)] += 1
    return tuple((kind, states.total(), _states(states)) for kind, states in sorted(by_kind.items()))


def _states(states: Counter[str]) -> str:
    return ", ".join(f"{count} {state}" for state, count in sorted(states.items()))


def _group(live: Live) -> Group:
    types = tuple(live.fields.get("instance_types") or ())
    desired = int(live.fields.get("desired") or 0)
    known = instance(types[0]) if types else None
    hourly = (known.us_east_1_usd_per_hour or 0.0) if known else 0.0
    capacity = spelled(str(live.fields.get("capacity", "")))
    return (live.name, ", ".join(types), capacity, desired, str(live.state), hourly * desired)


def _cost(lives: Sequence[Live]) -> Iterator[CostItem]:
    """By what lives, from the catalogue's prices: no question to the pricing API for a look."""
    for kind in KINDS:
        found = [live for live in lives if live.kind == kind.kind and not live.shared]
        hourly = sum(BY_NAME[live.kind].usd_per_day(live) for live in found) / 24
        if hourly:
            yield CostItem(kind.kind, len(found), hourly, always=True, rests_on="catalogue, us-east-1")


def _karpenter_cost(nodes: NodesReport | None) -> Iterator[CostItem]:
    """What Karpenter runs at the moment; node groups are counted by what they are set to."""
    running = [row for row in nodes.nodes if row.maker == KARPENTER] if nodes is not None else []
    for pool in sorted({row.pool for row in running}):
        rows = [row for row in running if row.pool == pool]
        hourly = sum(row.usd_per_hour or 0.0 for row in rows)
        rests_on = ", ".join(sorted({row.price for row in rows}))
        yield CostItem(f"nodes of pool {pool}", len(rows), hourly, always=True, rests_on=rests_on)

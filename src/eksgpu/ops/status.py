"""`status`: what lives now, by kind, with node groups, outputs and the price of it. Row 000-16."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from eksgpu.aws import KINDS
from eksgpu.blueprint.cost import Cost, CostItem
from eksgpu.catalog.instance import instance
from eksgpu.engine.resource import Live

from .connect import Connector, Options
from .discover import discover
from .outputs import outputs
from .prepare import BY_NAME
from .report import StatusReport
from .target import connect_to

Group = tuple[str, str, str, int, str, float]


def status(
    target: Path | str, options: Options, *, alias: str | None = None, connector: Connector | None = None
) -> StatusReport:
    """What the account holds of one cluster, by the spec's file or the cluster's name.

    alias: for the context that `configure_kubectl` makes.
    """
    _, connection = connect_to(target, options, connector)
    try:
        lives = discover(connection.run, KINDS, connection.pool)
    finally:
        connection.close()
    caller = connection.caller
    return StatusReport(
        caller=caller,
        exists=any(live.kind == "eks_cluster" for live in lives),
        resources=_resources(lives),
        groups=tuple(_group(live) for live in lives if live.kind == "eks_node_group"),
        outputs=outputs(lives, cluster=caller.cluster, region=caller.region, options=options, alias=alias),
        cost=_cost(lives),
        calls=connection.calls(),
        seconds=connection.seconds(),
    )


def _resources(lives: Sequence[Live]) -> tuple[tuple[str, int, str], ...]:
    rows = []
    for kind in KINDS:
        states = Counter(str(live.state) for live in lives if live.kind == kind.kind)
        if states:
            rows.append((kind.kind, states.total(), ", ".join(f"{n} {state}" for state, n in sorted(states.items()))))
    return tuple(rows)


def _group(live: Live) -> Group:
    types = tuple(live.fields.get("instance_types") or ())
    desired = int(live.fields.get("desired") or 0)
    known = instance(types[0]) if types else None
    hourly = (known.us_east_1_usd_per_hour or 0.0) if known else 0.0
    capacity = str(live.fields.get("capacity", ""))
    return (live.name, ", ".join(types), capacity, desired, str(live.state), hourly * desired)


def _cost(lives: Sequence[Live]) -> Cost:
    """By what lives, from the catalogue's prices: no question to the pricing API for a look."""
    items = []
    for kind in KINDS:
        found = [live for live in lives if live.kind == kind.kind]
        hourly = sum(BY_NAME[live.kind].usd_per_day(live) for live in found) / 24
        if hourly:
            items.append(CostItem(kind.kind, len(found), hourly, always=True, rests_on="catalogue, us-east-1"))
    return Cost(tuple(items))

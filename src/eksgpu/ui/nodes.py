"""Nodes by pool, how they were bought and what they are; nodes on their way; what they cost by the hour."""

from collections.abc import Iterable, Sequence
from itertools import groupby

from eksgpu.ops.nodes import ClaimRow, NodeRow, NodesReport

from .look import Look, Style
from .table import table
from .words import hourly, many

_NOTES = {
    "ceiling": "≤: Spot at the on-demand price, its ceiling; the Spot price is not known.",
    "on-demand": "On-demand prices are the catalogue's, of us-east-1.",
    "spot": "Spot prices are EC2's of this moment.",
    "unknown": "?: the catalogue has no price.",
}
_HEAD = ("pool", "capacity", "instance type", "nodes", "ready", "GPUs", "slices", "requested", "$/hour")
_SLICES = _HEAD.index("slices")
_NONE = "-"


def nodes_view(report: NodesReport, look: Look) -> list[str]:
    """Two tables and the notes to them."""
    ready = sum(1 for row in report.nodes if not row.problem)
    title = look.paint(f"{many(len(report.nodes), 'node')}, {ready} ready", Style.BOLD)
    if not report.nodes:
        lines = [look.paint("No nodes", Style.BOLD)]
    else:
        rows = [_row(list(group)) for _, group in groupby(report.nodes, key=_key)]
        lines = [title, *_table(rows, look, sliced=any(row.slices for row in report.nodes))]
    for row in report.nodes:
        if row.problem:
            lines += look.wrap(f"{row.name} is not Ready: {row.problem}", "  ", "    ")
    used = {row.price for row in report.nodes}
    lines += [look.paint(f"  {note}", Style.DIM) for price, note in _NOTES.items() if price in used]
    if report.claims:
        lines += ["", *_claims(report.claims, look)]
    if report.pending_pods:
        gpus = f", asking for {_asked(report)}" if report.pending_gpus else ""
        lines += ["", f"{many(report.pending_pods, 'pod waits', 'pods wait')} for a node{gpus}."]
    return lines


def _table(rows: Sequence[tuple[str, ...]], look: Look, *, sliced: bool) -> list[str]:
    """Slices have a column where there are any."""
    if sliced:
        return table(rows, look, header=_HEAD, right=range(3, len(_HEAD)), flexible=0)
    head, *kept = [(*row[:_SLICES], *row[_SLICES + 1 :]) for row in (_HEAD, *rows)]
    return table(kept, look, header=head, right=range(3, len(head)), flexible=0)


def _asked(report: NodesReport) -> str:
    """A pod that waits asks for a resource; whether that is a GPU or a slice depends on where it will be."""
    sliced = any(row.slices for row in report.nodes)
    return many(report.pending_gpus, "GPU or slice" if sliced else "GPU", "GPUs or slices" if sliced else "")


def _key(row: NodeRow) -> tuple[str, str, str]:
    return row.pool, row.instance_type, row.capacity_type


def _row(rows: list[NodeRow]) -> tuple[str, ...]:
    first, slices = rows[0], sum(row.slices for row in rows)
    gpus, offered = sum(row.gpus for row in rows), sum(row.offered for row in rows)
    return (
        first.pool or "-",
        first.capacity_type or "-",
        first.instance_type or "-",
        str(len(rows)),
        str(sum(1 for row in rows if not row.problem)),
        str(gpus or _NONE),
        str(slices or _NONE),
        f"{sum(row.requested for row in rows)} of {offered}" if gpus else _NONE,
        _money(rows),
    )


def _money(rows: Sequence[NodeRow]) -> str:
    if any(row.usd_per_hour is None for row in rows):
        return "?"
    sign = "≤ " if any(row.price == "ceiling" for row in rows) else ""
    return sign + hourly(sum(row.usd_per_hour or 0.0 for row in rows))


def _claims(claims: Iterable[ClaimRow], look: Look) -> list[str]:
    rows = [(row.name, row.pool, row.instance_type or "-", row.waits_for, row.why) for row in claims]
    head = ("node claim", "pool", "instance type", "waits for", "why")
    title = look.paint(f"{many(len(rows), 'node')} on the way", Style.BOLD)
    return [title, *table(rows, look, header=head, flexible=4)]

"""What lives now: resources by kind, node groups, nodes, what it costs, and the outputs to reach it with."""

from eksgpu.ops.report import StatusReport

from .caller import header
from .gpu_figures import gpu_figures_view
from .look import Look, Style
from .nodes import nodes_view
from .plan import outputs_view
from .table import table
from .words import hourly, many, usd


def status_view(report: StatusReport, look: Look) -> list[str]:
    """The whole status."""
    lines = header(report.caller, look)
    if not report.exists:
        lines.append(look.paint(f"There is no cluster {report.caller.cluster} in {report.caller.region}.", Style.BOLD))
    if report.resources:
        lines += _resources(report, look)
    if report.groups:
        lines += ["", *_groups(report, look)]
    if report.nodes is not None:
        lines += ["", *nodes_view(report.nodes, look)]
    if report.gpus is not None:
        lines += ["", *gpu_figures_view(report.gpus, look, sandbox=report.caller.sandbox)]
    if report.exists:
        lines += ["", f"Costs {hourly(report.cost.usd_per_hour)} an hour, {usd(report.cost.usd_per_month)} a month."]
    lines += outputs_view(report.outputs.items(), look)
    if report.notes:
        lines += ["", *(line for note in report.notes for line in look.wrap(f"- {note}", "", "  "))]
    return lines


def _resources(report: StatusReport, look: Look) -> list[str]:
    rows = [
        (kind, str(count), "ready" if state == f"{count} ready" else state) for kind, count, state in report.resources
    ]
    total = sum(count for _, count, _ in report.resources)
    return [
        look.paint(many(total, "resource"), Style.BOLD),
        *table(rows, look, header=("kind", "count", "state"), right=(1,)),
    ]


def _groups(report: StatusReport, look: Look) -> list[str]:
    rows = [
        (name, types, capacity, str(desired), state, hourly(per_hour))
        for name, types, capacity, desired, state, per_hour in report.groups
    ]
    head = ("name", "instance types", "capacity", "nodes", "state", "$/hour")
    return [
        look.paint(many(len(rows), "node group"), Style.BOLD),
        *table(rows, look, header=head, right=(3, 5), flexible=1),
    ]

"""Workloads: which there are, what was applied, what was deleted."""

from collections.abc import Iterable

from eksgpu.ops.workload import WorkloadReport
from eksgpu.ops.workload_manifest import Workload

from .look import Look, Style
from .pulls import pulls_view
from .table import table


def list_view(workloads: Iterable[Workload], look: Look) -> list[str]:
    """A row for each."""
    rows = [(one.name, one.about) for one in workloads]
    return [
        look.paint("Workloads", Style.BOLD),
        *table(rows, look),
        "",
        "Next: eksgpu workload show NAME > NAME.yaml, or eksgpu workload apply NAME SPEC --wait",
    ]


def done_view(report: WorkloadReport, look: Look) -> list[str]:
    """A line for each object, as kubectl has it, then what Jobs printed and how long images took."""
    lines = [f"{address} {done}" for address, done in report.objects]
    if report.ready:
        lines.append(look.paint(f"{report.name} runs" if not report.log else f"{report.name} is done", Style.BOLD))
    drawn = pulls_view(report.pulls, look, sandbox=report.caller.sandbox)
    return [*lines, *report.log.splitlines(), *(["", *drawn] if drawn else [])]

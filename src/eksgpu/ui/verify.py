"""What verify saw: findings first, then nodes, what the smoke pods printed, and how long images took."""

from collections.abc import Iterator

from eksgpu.checks.context import Smoke
from eksgpu.ops.verify import VerifyReport

from .caller import header
from .findings import findings_view, tally
from .look import Look, Style
from .nodes import nodes_view
from .pulls import pulls_view
from .words import many, span


def verify_view(report: VerifyReport, look: Look) -> list[str]:
    """The whole report."""
    lines = header(report.caller, look)
    for part in (
        nodes_view(report.nodes, look),
        *(list(_smoke(one, look)) for one in report.smokes),
        pulls_view(report.pulls, look, sandbox=report.caller.sandbox),
        findings_view(report.findings, look),
        [line for note in report.notes for line in look.wrap(f"- {note}", "", "  ")],
    ):
        if part:
            lines += [*part, ""]
    style = Style.RED if report.errors else Style.GREEN
    verdict = "Not as the spec promises" if report.errors else "The cluster keeps what the spec promises"
    calls = f"{many(report.calls.aws, 'AWS call')}, {many(report.calls.kubernetes, 'Kubernetes call')}"
    return [*lines, f"{look.paint(verdict, style)}: {tally(report.findings)} ({calls}, {span(report.seconds)})"]


def _smoke(one: Smoke, look: Look) -> Iterator[str]:
    where = f" on {one.node}" if one.node else ""
    ended = {"done": "saw its GPU", "failed": "failed", "waiting": "did not end"}[one.state]
    yield look.paint(f"Smoke pod of {one.pool} {ended}{where} after {span(one.seconds)}", Style.BOLD)
    yield from (f"  {line}" for line in one.log.splitlines())

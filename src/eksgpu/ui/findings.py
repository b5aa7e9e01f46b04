"""What checks found, worst first: severity, id, place, what is wrong, how to mend it."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from eksgpu.checks.finding import Finding, Severity

from .caller import header
from .look import Look, Style
from .words import many, span

if TYPE_CHECKING:
    from eksgpu.ops.preflight import PreflightReport

_ORDER = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.NOTE: 2}
_STYLES = {Severity.ERROR: Style.RED, Severity.WARNING: Style.YELLOW, Severity.NOTE: Style.CYAN}


def findings_view(findings: Iterable[Finding], look: Look) -> list[str]:
    """Every finding in two to four lines; one about the spec is placed as compilers do it: file:line:column."""
    lines: list[str] = []
    for finding in sorted(findings, key=lambda finding: _ORDER[finding.severity]):
        severity = look.paint(f"{finding.severity}:", _STYLES[finding.severity])
        at = f"{finding.at}: " if finding.at else ""
        lines.append(f"{severity} {at}{finding.where} [{finding.id}]".replace("  ", " "))
        lines += look.wrap(finding.message, "  ")
        if finding.fix:
            lines += look.wrap(f"fix: {finding.fix}", "  ", "       ")
    return lines


def tally(findings: Iterable[Finding]) -> str:
    """`1 error, 2 warnings, 0 notes`."""
    found = [finding.severity for finding in findings]
    return ", ".join(many(found.count(severity), str(severity)) for severity in _ORDER)


def preflight_view(report: "PreflightReport", look: Look) -> list[str]:
    """`eksgpu preflight`: who asks, what was found, what it took."""
    calls = many(report.calls.aws, "AWS call")
    summary = f"Preflight: {tally(report.findings)} ({calls}, {span(report.seconds)})"
    listed = findings_view(report.findings, look)
    return [*header(report.caller, look), *listed, *([""] if listed else []), look.paint(summary, Style.BOLD)]

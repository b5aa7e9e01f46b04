"""A plan as a person reads it before saying yes: what changes and why, its price, how long it takes, what is wrong."""

from collections.abc import Iterable

from eksgpu.ops.report import ApplyReport, Calls, PlanReport

from .caller import header
from .changes import changes_view, count_line
from .cost import cost_view
from .findings import findings_view, tally
from .look import Look, Style
from .table import table
from .tuning import limits_view, tuning_view
from .words import many, span

_PAST = {"create": "created", "update": "updated", "replace": "replaced", "delete": "deleted"}


def plan_view(report: PlanReport, look: Look) -> list[str]:
    """The whole plan, header included; what stops it comes last, where the eye rests."""
    sections = (
        changes_view(report.plan.changes, look),
        cost_view(report.cost, look) if report.cost.items else [],
        limits_view(report.limits, look),
        tuning_view(report.tuning, look),
        _notes(report, look),
        findings_view(report.findings, look),
        _refusals(report, look),
        _summary(report, look),
    )
    lines = header(report.caller, look)
    for section in sections:
        lines += [*section, ""] if section else []
    return lines[:-1]


def applied_view(report: ApplyReport, look: Look) -> list[str]:
    """What apply did, what it took, and how to reach the cluster."""
    counts = report.planned.plan.summary()
    done = ", ".join(f"{counts[action]} {past}" for action, past in _PAST.items() if counts[action])
    # The sandbox's clock runs faster than the one on the wall.
    critical = f"critical path {span(report.critical_path_seconds)}"
    critical += " on the sandbox's clock" if report.planned.caller.sandbox else ""
    took = f"in {span(report.seconds)} ({critical}, {_calls(report.calls)})"
    summary = f"Applied: {done} {took}." if done else f"Nothing to do ({_calls(report.calls)})."
    lines = [look.paint(line, Style.BOLD) for line in look.wrap(summary, hanging="  ")]
    return [*lines, *outputs_view(report.outputs.items(), look)]


def outputs_view(outputs: Iterable[tuple[str, str]], look: Look) -> list[str]:
    """`name = value` lines under a title; nothing when there are none."""
    lines = [f"  {name} = {text}" for name, text in outputs]
    return ["", look.paint("Outputs", Style.BOLD), *lines] if lines else []


def _notes(report: PlanReport, look: Look) -> list[str]:
    lines = [line for note in report.notes for line in look.wrap(f"- {note}", "  ", "    ")]
    return [look.paint("Notes", Style.BOLD), *lines] if lines else []


def _refusals(report: PlanReport, look: Look) -> list[str]:
    if not report.plan.refusals:
        return []
    lines = [line for reason in report.plan.refusals for line in look.wrap(f"- {reason}", "  ", "    ")]
    return [look.paint("This plan cannot be carried out:", Style.RED), *lines]


def _summary(report: PlanReport, look: Look) -> list[str]:
    made = f"({_calls(report.calls)}, {report.seconds:.1f} s)"
    if report.plan.empty:
        return [look.paint(f"No changes: everything is as the spec says {made}.", Style.BOLD)]
    counts = look.wrap(count_line(report.plan.summary()), hanging="  ")
    lines = [look.paint(line, Style.BOLD) for line in counts]
    if report.expected_seconds:
        lines += [f"Expected: about {span(report.expected_seconds)} on AWS; the longest chain of steps is"]
        slow = [(identity, span(seconds)) for identity, seconds in report.slowest if seconds]
        lines += table(slow, look, right=(1,), flexible=0)
    lines.append(f"Found: {tally(report.findings)} {made}.")
    return lines


def _calls(calls: Calls) -> str:
    inside = f", {many(calls.kubernetes, 'Kubernetes call')}" if calls.kubernetes else ""
    return many(calls.aws, "AWS call") + inside

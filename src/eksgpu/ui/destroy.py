"""Destroy in two views: what would be removed, and the proof of what is left afterwards."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from eksgpu.engine.resource import Live
from eksgpu.ops.report import DestroyReport

from .caller import header
from .look import Look, Style
from .table import table
from .words import many, moment, span, usd

if TYPE_CHECKING:
    from eksgpu.ops.destroy import DestroyPreview


def preview_view(preview: "DestroyPreview", look: Look) -> list[str]:
    """Everything that would go, by kind; by-products of controllers apart."""
    lines = header(preview.caller, look)
    if not preview.lives and not preview.byproducts:
        return [
            *lines,
            look.paint("Nothing to destroy: nothing in this region carries this cluster's mark.", Style.BOLD),
        ]
    lines += _listed(f"{many(len(preview.lives), 'object')} to delete", preview.lives, look)
    if preview.byproducts:
        title = f"{many(len(preview.byproducts), 'object')} to delete that controllers made for this cluster"
        lines += ["", *_listed(title, preview.byproducts, look)]
    if preview.deletion_protection:
        lines += ["", look.paint("Deletion protection is on: this cluster will not be deleted.", Style.YELLOW)]
    return lines


def _listed(title: str, lives: Sequence[Live], look: Look) -> list[str]:
    by_kind: dict[str, list[Live]] = {}
    for live in lives:
        by_kind.setdefault(live.kind, []).append(live)
    rows = [
        (kind, str(len(found)), ", ".join(sorted(live.name or live.id for live in found)))
        for kind, found in by_kind.items()
    ]
    return [look.paint(f"  - {title}", Style.RED), *table(rows, look, right=(1,), indent="    ")]


def proof_view(report: DestroyReport, look: Look) -> list[str]:
    """The proof: `0 left`, or each leftover with the reason and its price, and what goes by itself later."""
    lines: list[str] = []
    # Line by line, not as tables: an ARN alone takes most of a terminal's width.
    if report.scheduled:
        lines += [look.paint("Scheduled", Style.BOLD)]
        for item in report.scheduled:
            lines += [f"  {item.kind} {item.id}", f"    AWS deletes it on {moment(item.deletes_at)}"]
        lines.append("")
    if report.left:
        lines += [look.paint("Left", Style.RED)]
        for left in report.left:
            lines.append(f"  {left.kind} {left.id}".rstrip() + f", {usd(left.usd_per_day)} a day")
            lines += look.wrap(left.why, "    ")
        lines.append("")
    if report.looked_at:
        lines += [*look.wrap(f"Looked again at: {', '.join(report.looked_at)}.", hanging="  "), ""]
    took = f"in {span(report.seconds)} ({many(report.calls.aws, 'AWS call')})"
    return [*lines, f"Deleted: {many(len(report.deleted), 'object')} {took}.", _verdict(report, look)]


def _verdict(report: DestroyReport, look: Look) -> str:
    if not report.left:
        return look.paint("0 left", Style.GREEN)
    cost = usd(sum(item.usd_per_day for item in report.left))
    return look.paint(f"{len(report.left)} left, {cost} a day", Style.RED)

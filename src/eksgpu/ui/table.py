"""A plain table that stays within the width: one column gives way and wraps, the others keep what they need."""

import textwrap
from collections.abc import Collection, Sequence

from .look import Look, Style

GAP = "  "
NARROWEST = 16


def table(
    rows: Sequence[Sequence[str]],
    look: Look,
    *,
    header: Sequence[str] = (),
    right: Collection[int] = (),
    flexible: int = -1,
    indent: str = "  ",
) -> list[str]:
    """Lines of a table. `right` are the columns aligned to the right, `flexible` is the one that wraps."""
    everything = [*([header] if header else []), *rows]
    if not everything:
        return []
    widths = [max(len(row[column]) for row in everything) for column in range(len(everything[0]))]
    taken = len(indent) + sum(widths) + len(GAP) * (len(widths) - 1) - widths[flexible]
    widths[flexible] = min(widths[flexible], max(look.width - taken, NARROWEST))
    flexible %= len(widths)
    lines: list[str] = []
    for position, row in enumerate(everything):
        drawn = [indent + line for line in _row(row, widths, right, flexible)]
        lines += [look.paint(line, Style.DIM) for line in drawn] if header and position == 0 else drawn
    return lines


def _row(row: Sequence[str], widths: Sequence[int], right: Collection[int], flexible: int) -> list[str]:
    wrapped = textwrap.wrap(
        row[flexible], max(widths[flexible], 1), break_long_words=False, break_on_hyphens=False
    ) or [""]
    lines = []
    for number, part in enumerate(wrapped):
        cells = [part if column == flexible else ("" if number else text) for column, text in enumerate(row)]
        aligned = (
            cell.rjust(width) if column in right else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(cells, widths, strict=True))
        )
        lines.append(GAP.join(aligned).rstrip())
    return lines

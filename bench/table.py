"""The table: what was measured, against what, and the mark that the project sets itself."""

from collections.abc import Sequence
from dataclasses import dataclass

HEAD = ("what", "measured", "against", "ratio", "goal", "runs")


@dataclass(frozen=True)
class Row:
    """One figure. `ratio` is `value / against`; the goal concerns the ratio where there is one, else the value."""

    what: str
    value: float | None
    unit: str = ""
    against: float | None = None
    goal: float | None = None
    at_least: bool = False
    runs: int = 1
    note: str = ""

    @property
    def ratio(self) -> float | None:
        return None if self.value is None or not self.against else self.value / self.against

    @property
    def verdict(self) -> str:
        figure = self.ratio if self.against is not None else self.value
        if self.goal is None:
            return ""
        sign = ">=" if self.at_least else "<="
        if figure is None:
            return f"{sign} {self.goal:g}"
        met = figure >= self.goal if self.at_least else figure <= self.goal
        return f"{sign} {self.goal:g} {'met' if met else 'MISSED'}"

    def cells(self) -> tuple[str, ...]:
        return (
            self.what,
            _figure(self.value, self.unit),
            _figure(self.against, self.unit) if self.against is not None else "",
            f"{self.ratio:.2f} x" if self.ratio is not None else "",
            self.verdict,
            str(self.runs),
        )


def lines(rows: Sequence[Row]) -> list[str]:
    """The table, and under it what has to be said about single rows."""
    cells = [HEAD, *(row.cells() for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(HEAD))]
    table = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in cells]
    notes = [f"{row.what}: {row.note}" for row in rows if row.note]
    return ["", table[0], "-" * len(table[0]), *table[1:], "", *notes]


def _figure(value: float | None, unit: str) -> str:
    if value is None:
        return "-"
    return f"{value:.3g} {unit}".rstrip() if value < 100 else f"{value:.0f} {unit}".rstrip()

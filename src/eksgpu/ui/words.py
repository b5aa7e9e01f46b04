"""Numbers as people say them: durations, dollars, counts, JSON-like values."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any


def span(seconds: float) -> str:
    """`4 s`, `2 min 30 s`, `13 min`, `1 h 5 min`: two units at most, seconds only below ten minutes."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 600:
        minutes, rest = divmod(whole, 60)
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, minutes = divmod(round(whole / 60), 60)
    if not hours:
        return f"{minutes} min"
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def clock(seconds: float) -> str:
    """`3:07`, `1:02:09`: time since the start."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def moment(iso: str) -> str:
    """`2026-12-02 at 20:44 UTC`, from an ISO time."""
    return datetime.fromisoformat(iso).astimezone(UTC).strftime("%Y-%m-%d at %H:%M UTC")


def usd(amount: float) -> str:
    """`$1,234.50`."""
    return f"${amount:,.2f}"


def hourly(amount: float) -> str:
    """`$0.045`: prices by the hour differ in the third digit."""
    return f"${amount:,.3f}"


def many(count: int, noun: str, plural: str = "") -> str:
    """`1 step`, `4 steps`."""
    return f"{count} {noun if count == 1 else plural or noun + 's'}"


def number(count: float) -> str:
    """A count without a needless fraction: `2`, `0.5`."""
    return f"{count:g}"


def value(tree: Any) -> str:
    """A field's value: text as it is, nothing as `(not set)`, everything else as compact JSON."""
    match tree:
        case None:
            return "(not set)"
        case str():
            return tree or '""'
        case bool() | int() | float() | list() | Mapping():
            return json.dumps(tree, ensure_ascii=False)
        case _:
            return str(tree)

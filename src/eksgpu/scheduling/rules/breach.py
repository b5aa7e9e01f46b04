"""A broken rule, and what several rules share."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

DURATION = re.compile(r"(\d+(s|m|h))+")


@dataclass(frozen=True, slots=True)
class Breach:
    """`rule` is a stable name, `where` the path in the manifest, `message` what is wrong with what stands there."""

    rule: str
    where: str
    message: str


def count(rule: str, where: str, items: Any, most: int, least: int = 0) -> Iterator[Breach]:
    """Too few or too many?"""
    given = len(items or ())
    if not least <= given <= most:
        yield Breach(rule, where, f"{given} given; there must be {least} to {most}")


def duration(rule: str, where: str, value: Any) -> Iterator[Breach]:
    """A duration such as 30s, or Never."""
    if value is not None and value != "Never" and not DURATION.fullmatch(str(value)):
        yield Breach(rule, where, f"{value!r} is no duration such as 30s or 720h, nor Never")


def among(rule: str, where: str, value: Any, allowed: tuple[Any, ...]) -> Iterator[Breach]:
    """One of the values that there are, or nothing."""
    if value is not None and value not in allowed:
        yield Breach(rule, where, f"{value!r} is not one of {', '.join(map(str, allowed))}")


def unknown(where: str, given: Any, allowed: frozenset[str]) -> Iterator[Breach]:
    """Fields that the CRD lacks: the server would drop or refuse them."""
    for name in sorted(set(given or ()) - allowed):
        yield Breach("unknown-field", f"{where}.{name}", "the CRD has no such field")

"""When a CronJob is due: schedules of five fields, and the names that stand for some (`@daily`). UTC, whole minutes."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cache

_NAMES = {
    "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *", "@monthly": "0 0 1 * *", "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@hourly": "0 * * * *",
}  # fmt: skip
_RANGES = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
_WORDS = {
    3: ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"],
    4: ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"],
}
_FURTHEST = timedelta(days=4 * 366)  # the 29th of February comes within


def next_time(schedule: str, after: datetime) -> datetime | None:
    """The first minute after `after` at which it is due; None when there is none. Raises ValueError for no schedule."""
    minutes, hours, *_ = fields = _parsed(schedule)
    at = after.replace(second=0, microsecond=0) + timedelta(minutes=1)
    last = after + _FURTHEST
    while at <= last:
        if not _day_fits(at, fields):
            at = at.replace(hour=0, minute=0) + timedelta(days=1)
        elif at.hour not in hours:
            at = at.replace(minute=0) + timedelta(hours=1)
        elif at.minute not in minutes:
            at += timedelta(minutes=1)
        else:
            return at
    return None


def _day_fits(at: datetime, fields: tuple[frozenset[int], ...]) -> bool:
    """Where both kinds of day are restricted, either will do."""
    _, _, days, months, weekdays = fields
    in_month, in_week = at.day in days, at.isoweekday() % 7 in weekdays
    free = len(days) == 31 or len(weekdays) == 7
    return at.month in months and ((in_month and in_week) if free else (in_month or in_week))


@cache
def _parsed(schedule: str) -> tuple[frozenset[int], ...]:
    words = _NAMES.get(schedule, schedule).split()
    if len(words) != len(_RANGES):
        raise ValueError(f"expected exactly 5 fields, found {len(words)}: {schedule}")
    found = [frozenset(_numbers(word, place)) for place, word in enumerate(words)]
    found[4] = frozenset(number % 7 for number in found[4])  # 7 is Sunday too
    return tuple(found)


def _numbers(word: str, place: int) -> Iterator[int]:
    for part in word.split(","):
        span, _, step = part.partition("/")
        first, last = _RANGES[place]
        if span not in ("*", "?"):
            low, _, high = span.partition("-")
            first = _number(low, place)
            last = _number(high, place) if high else last if step else first
        if not _RANGES[place][0] <= first <= last <= _RANGES[place][1]:
            raise ValueError(f"{part} is no range of {_RANGES[place]}")
        yield from range(first, last + 1, int(step or 1))


def _number(text: str, place: int) -> int:
    words = _WORDS.get(place, [])
    if text.upper() in words:
        return words.index(text.upper()) + (1 if place == 3 else 0)
    return int(text)

"""The table of image pulls: image, size, time, rate."""

from collections.abc import Sequence

from eksgpu.ops.pulls import Pull

from .look import Look, Style
from .table import table
from .words import many

_GB, _MB = 10**9, 10**6
_HEAD = ("size", "time", "MB/s", "nodes", "image")


def pulls_view(pulls: Sequence[Pull], look: Look, *, sandbox: bool = False) -> list[str]:
    """A row for each image, by its slowest pull; empty when there are none."""
    if not pulls:
        return []
    by_image: dict[str, list[Pull]] = {}
    for one in pulls:
        by_image.setdefault(one.image, []).append(one)
    model = "; by the sandbox's model of pulls" if sandbox else ""
    title = f"{many(len(by_image), 'image')} pulled in the last hour (slowest pull, decimal MB{model})"
    rows = [_row(image, same) for image, same in by_image.items()]
    return [look.paint(title, Style.BOLD), *table(rows, look, header=_HEAD, right=(0, 1, 2, 3), flexible=4)]


def _row(image: str, same: Sequence[Pull]) -> tuple[str, ...]:
    slowest = max(same, key=lambda one: one.seconds)
    return _size(slowest.bytes), _time(slowest.seconds), _rate(slowest), str(len(same)), image


def _size(count: int | None) -> str:
    if count is None:
        return "?"
    return f"{count / _GB:.2f} GB" if count >= _GB / 10 else f"{count / _MB:.1f} MB"


def _time(seconds: float) -> str:
    """`34.9s`, `2m27s`: as the kubelet says it."""
    minutes, rest = divmod(round(seconds, 1), 60)
    return f"{int(minutes)}m{rest:.3g}s" if minutes else f"{rest:.3g}s"


def _rate(pull: Pull) -> str:
    rate = pull.mb_per_second
    return "?" if rate is None else f"{rate:.0f}"

"""Following a run of apply or destroy: progress on stderr and event lines where `--events` says, closed at the end."""

from collections.abc import Iterator
from contextlib import contextmanager

from eksgpu.ui.progress import Progress
from eksgpu.ui.progress_view import progress_on
from eksgpu.ui.screen import Screen

from .options import Common
from .target import events_to


@contextmanager
def following(common: Common, screen: Screen, speed: float) -> Iterator[Progress]:
    """The listener to hand to the run."""
    with events_to(common, screen) as events:
        progress = progress_on(screen, speed=speed, also=events)
        try:
            yield progress
        finally:
            progress.close()

"""Following a run of apply or destroy: progress on stderr and event lines where `--events` says, closed at the end."""

from collections.abc import Iterator
from contextlib import contextmanager

from eksgpu.engine.events import ignore
from eksgpu.ui.events import EventLines
from eksgpu.ui.progress import Progress, progress_on
from eksgpu.ui.screen import Screen

from .options import Common
from .target import events_to


@contextmanager
def following(common: Common, screen: Screen, speed: float) -> Iterator[Progress]:
    """The listener to hand to the run."""
    with events_to(common) as stream:
        progress = progress_on(screen, speed=speed, also=EventLines(stream) if stream else ignore)
        try:
            yield progress
        finally:
            progress.close()

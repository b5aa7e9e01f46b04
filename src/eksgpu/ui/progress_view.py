"""Which view follows a run: a live one on a terminal, plain lines elsewhere. rich is imported for the former alone."""

from eksgpu.engine.events import Listener, ignore

from .progress import Progress
from .screen import Screen


def progress_on(screen: Screen, *, speed: float = 1.0, also: Listener = ignore) -> Progress:
    """The view for a screen; it is live where stderr is a terminal of its own."""
    if screen.err.isatty() and not (screen.compact and screen.out.isatty()):
        from .progress_live import LiveProgress

        return LiveProgress(screen, speed=speed, also=also)
    from .progress_plain import PlainProgress

    return PlainProgress(screen, also=also)

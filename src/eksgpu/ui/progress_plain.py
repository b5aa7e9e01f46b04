"""Progress for logs and pipes: a line when a step starts and ends, and every half minute while it takes long."""

from eksgpu.engine.events import Event, Happened, Listener, ignore

from .progress import Progress
from .screen import Screen
from .step_line import step_line
from .words import many, span

QUIET_SECONDS = 30.0  # of the run's clock
_SLOW = (Happened.WAITING, Happened.RETRYING)


class PlainProgress(Progress):
    """Appends lines to stderr; needs no terminal."""

    def __init__(self, screen: Screen, also: Listener = ignore) -> None:
        super().__init__(also)
        self._screen = screen
        self._told: dict[str, float] = {}

    def _lines(self, event: Event, key: str) -> list[str]:
        if event.happened in _SLOW and not self._due(event, key):
            return []
        done = f", {len(self._model.over)} of {self._model.total}" if self._model.total else ""
        return [step_line(event, self._screen.err_look, progress=done, blocked=self._blocked(event, key))]

    def _due(self, event: Event, key: str) -> bool:
        before = self._told.setdefault(key, event.at - event.elapsed)
        if event.at - before < QUIET_SECONDS:
            return False
        self._told[key] = event.at
        return True

    def _blocked(self, event: Event, key: str) -> str:
        if event.happened not in _SLOW or not self._model.total:
            return ""
        waiting = self._model.waiting_for(key)
        left, _ = self._model.remaining(event.at)
        return f", {many(waiting, 'step')} waiting for it, about {span(left)} left in all"

    def _print(self, lines: list[str]) -> None:
        if lines:
            self._screen.say(*lines)

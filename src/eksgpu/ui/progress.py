"""Following a run: one listener that keeps the model and hands each event on; its subclasses draw.

Workers report side by side, so the model is only touched under a lock, and lines come out in the order of the events.
"""

import threading
from collections.abc import Mapping
from dataclasses import replace

from eksgpu.engine.events import Event, Listener, ignore

from .progress_model import ProgressModel


class Progress:
    """A listener for `engine.execute`; `also` sees every event too."""

    def __init__(self, also: Listener = ignore) -> None:
        self._model = ProgressModel()
        self._lock = threading.Lock()
        self._in_order = threading.Lock()
        self._also = also
        self._watched = True
        self._before = self._latest = 0.0  # seconds: of the runs before this one, and up to the last event

    def on_schedule(self, needs: Mapping[str, set[str]], expected: Mapping[str, float]) -> None:
        """Learn the order of the run and how long its steps usually take (see ProgressModel.schedule).

        Another run after this one (destroy looks twice) starts a count of its own; its times go on.
        """
        with self._lock:
            self._model.schedule(needs, expected)
            self._before = self._latest

    def __call__(self, event: Event) -> None:
        self._also(event)
        # Drawing takes a lock of the terminal's own, under which `_lock` may be asked for: so not under `_lock`.
        with self._in_order:
            with self._lock:
                event = replace(event, at=event.at + self._before)
                self._latest = max(self._latest, event.at)
                lines = self._lines(event, self._model.take(event))
            self._show(lines)

    def notice(self, text: str) -> None:
        """Something to know that is no event: a lock taken over."""
        self._show([f"note: {text}"])

    def close(self) -> None:
        """Leave the terminal as it was found."""

    def _show(self, lines: list[str]) -> None:
        """Print them while somebody reads: a pipe whose reader has gone ends the view, never the run."""
        if not self._watched:
            return
        try:
            self._print(lines)
        except OSError:
            self._watched = False

    def _lines(self, event: Event, key: str, /) -> list[str]:
        """What to print about `event`, of the step `key`; called under the lock."""
        raise NotImplementedError

    def _print(self, lines: list[str]) -> None:
        """Print them; called outside the lock."""
        raise NotImplementedError

"""Progress on a terminal: finished steps scroll by, what is running stands below and is redrawn. Uses rich."""

import time
from collections.abc import Callable
from contextlib import suppress

from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from eksgpu.engine.events import Event, Happened, Listener, ignore

from .look import Style
from .progress import Progress
from .progress_model import Running
from .screen import Screen
from .step_line import doing, step_line
from .table import table
from .words import many, span

_KEPT = (Happened.DONE, Happened.FAILED, Happened.ADOPTED, Happened.NOTE, Happened.BLOCKED)
_LINES_AROUND = 6  # left for the summary, and for what scrolls by


class LiveProgress(Progress):
    """Draws on stderr from the first event until `close`.

    speed: how much faster than wall time the run's clock goes.
    now:   wall seconds; tests hand in their own.
    """

    def __init__(
        self, screen: Screen, *, speed: float = 1.0, also: Listener = ignore, now: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__(also)
        self._look = screen.err_look
        self._speed, self._now = speed, now
        self._ahead = 0.0  # the run's clock at wall second 0
        self._console = Console(file=screen.err, no_color=not self._look.colour, highlight=False)
        self._live = Live(
            console=self._console,
            get_renderable=self._render,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )

    def __call__(self, event: Event) -> None:
        with suppress(OSError):  # the terminal may be gone
            self._live.start()
        super().__call__(event)

    def close(self) -> None:
        with suppress(OSError):
            self._live.stop()

    def _lines(self, event: Event, _: str) -> list[str]:
        self._ahead = event.at - self._now() * self._speed
        return [step_line(event, self._look)] if event.happened in _KEPT else []

    def _print(self, lines: list[str]) -> None:
        for line in lines:
            self._console.print(Text.from_ansi(line))

    def _render(self) -> Group:
        lines = self.picture(self._console.height)
        return Group(*(Text.from_ansi(line.replace("\n", " "), no_wrap=True, overflow="ellipsis") for line in lines))

    def picture(self, height: int) -> list[str]:
        """What stands below the finished steps now, in at most about `height` lines."""
        with self._lock:
            return self._drawn(self._now() * self._speed + self._ahead, height)

    def _drawn(self, now: float, height: int) -> list[str]:
        running = sorted(self._model.running.items(), key=lambda item: item[1].since)
        shown = running[: max(height - _LINES_AROUND, 3)]
        if not shown:
            return []
        rows = [self._row(key, step, now) for key, step in shown]
        head, *lines = table(
            rows, self._look, header=("running", "since", "usually", "waiting for it"), right=(1, 2, 3)
        )
        # What it waits for may be long: it is cut at the edge, not wrapped, so that nothing jumps.
        lines = [f"{line}  {step.detail}".rstrip() for line, (_, step) in zip(lines, shown, strict=True)]
        more = [f"  and {len(running) - len(shown)} more"] if len(running) > len(shown) else []
        return [head, *lines, *more, self._summary(now)]

    def _row(self, key: str, step: Running, now: float) -> tuple[str, ...]:
        usual = self._model.expected(key)
        waiting = self._model.waiting_for(key)
        return (
            f"{doing(step.event.action)} {step.event.identity}",
            span(max(now - step.since, 0.0)),
            span(usual) if usual else "",
            many(waiting, "step") if waiting else "",
        )

    def _summary(self, now: float) -> str:
        model = self._model
        if not model.total:
            return f"  {len(model.running)} running, {len(model.over)} done"
        left, chain = model.remaining(now)
        failed = f", {model.failed} failed" if model.failed else ""
        text = f"  {len(model.over)} of {model.total} done{failed}, about {span(left)} left"
        steps = " > ".join(key.split(" ")[1] for key in chain[:4])
        return self._look.paint(text, Style.BOLD) + (f": {steps}" if steps else "")

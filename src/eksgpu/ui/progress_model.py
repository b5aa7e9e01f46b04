"""What a run looks like at one moment: what is running, since when, what waits for it, what is left.

Fed by events and, when known, by the order of the run and by how long each step usually takes. It draws nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from graphlib import TopologicalSorter

from eksgpu.engine.events import Event, Happened
from eksgpu.engine.plan import Action
from eksgpu.engine.resource import Live
from eksgpu.engine.schedule import make_key, remove_key

_OVER = (Happened.DONE, Happened.FAILED, Happened.BLOCKED)


@dataclass
class Running:
    """One step under way. `since`: when it began, in seconds of the run's clock; `detail`: what it waits for."""

    event: Event
    since: float
    detail: str = ""


class ProgressModel:
    """The state behind every progress view. Not safe for threads: its owner locks."""

    def __init__(self) -> None:
        self.running: dict[str, Running] = {}
        self.over: set[str] = set()
        self.failed = 0
        self._expected: dict[str, float] = {}
        self._needs: dict[str, set[str]] = {}
        self._needed_by: dict[str, set[str]] = {}
        self._order: tuple[str, ...] = ()

    def schedule(self, needs: Mapping[str, set[str]], expected: Mapping[str, float]) -> None:
        """The order of the run.

        needs:    for every step the steps before it, by the keys of `engine.schedule`.
        expected: usual seconds of every step that has something to do; the others in `needs` are order only.
        """
        self.running.clear()
        self.over.clear()
        self.failed = 0
        self._needs = {key: set(before) for key, before in needs.items()}
        self._expected = dict(expected)
        self._order = tuple(TopologicalSorter(self._needs).static_order())
        self._needed_by = {key: set() for key in self._order}
        for key, before in self._needs.items():
            for need in before:
                self._needed_by[need].add(key)

    @property
    def total(self) -> int:
        """Steps with something to do; 0 while the order is not known."""
        return len(self._expected)

    def take(self, event: Event) -> str:
        """Note what happened; returns the key of its step."""
        key = self._key(event)
        if event.happened in _OVER:
            self.running.pop(key, None)
            self.over.add(key)
            self.failed += event.happened is Happened.FAILED
        elif event.happened is not Happened.NOTE:
            step = self.running.setdefault(key, Running(event, event.at - event.elapsed))
            step.detail = event.detail
        return key

    def expected(self, key: str) -> float:
        """Usual seconds of a step; 0 where nobody knows."""
        return self._expected.get(key, 0.0)

    def waiting_for(self, key: str) -> int:
        """How many steps cannot start before this one is done."""
        seen: set[str] = set()
        todo = [key]
        while todo:
            fresh = self._needed_by.get(todo.pop(), set()) - seen
            seen |= fresh
            todo.extend(fresh)
        return len((seen & self._expected.keys()) - self.over)

    def remaining(self, now: float) -> tuple[float, tuple[str, ...]]:
        """Seconds that the longest chain of unfinished steps still needs by their usual durations, and that chain."""
        ends: dict[str, float] = {}
        previous: dict[str, str] = {}
        for key in self._order:
            last = max(self._needs.get(key, ()), key=lambda need: (ends[need], need), default="")
            ends[key] = (ends[last] if last else 0.0) + self._left(key, now)
            previous[key] = last
        key = max(ends, key=lambda key: (ends[key], key), default="")
        seconds = ends.get(key, 0.0)
        chain: list[str] = []
        while key:
            if self._left(key, now):
                chain.append(key)
            key = previous[key]
        return seconds, tuple(reversed(chain))

    def _left(self, key: str, now: float) -> float:
        if key in self.over:
            return 0.0
        spent = now - self.running[key].since if key in self.running else 0.0
        return max(self.expected(key) - spent, 0.0)

    def _key(self, event: Event) -> str:
        if event.action != Action.DELETE:
            return make_key(event.identity)
        if event.id:
            return remove_key(Live(event.kind, event.name, event.id))
        # A delete that is refused for now does not say its id again.
        alike = (key for key, step in self.running.items() if step.event.identity == event.identity and step.event.id)
        return next(alike, remove_key(Live(event.kind, event.name, "")))

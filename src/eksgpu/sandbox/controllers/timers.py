"""What is to happen later, on the sandbox's clock: kept in order, run by whoever asks. No threads, fork-safe."""

import heapq
import itertools
from collections.abc import Callable

from eksgpu.engine.clock import Clock

_RETRY_SECONDS = 1.0


class Timers:
    """Actions with the second at which they are due."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self._order = itertools.count()
        self._heap: list[tuple[float, int, Callable[[], None]]] = []

    def after(self, seconds: float, action: Callable[[], None]) -> None:
        """Run `action` once `seconds` have passed."""
        heapq.heappush(self._heap, (self.clock.monotonic() + seconds, next(self._order), action))

    def run(self) -> bool:
        """Run what is due, oldest first; was there anything? What fails is tried again a second later."""
        now, ran = self.clock.monotonic(), False
        while self._heap and self._heap[0][0] <= now:
            action = heapq.heappop(self._heap)[2]
            try:
                action()
            except Exception:
                self.after(_RETRY_SECONDS, action)
                raise
            ran = True
        return ran

    @property
    def next(self) -> float | None:
        """When the next one is due; None when nothing waits."""
        return self._heap[0][0] if self._heap else None

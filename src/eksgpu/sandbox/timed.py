"""State that moves with the clock: it shows one value until its time has come, and another from then on.

No threads and no timers: the value is computed when somebody looks.
"""

from typing import Generic, TypeVar

from eksgpu.engine.clock import Clock

T = TypeVar("T")


class Timed(Generic[T]):
    """`start` until `after` seconds of the clock have passed, then `end`. `after` 0 is `end` at once."""

    def __init__(self, clock: Clock, start: T, end: T, *, after: float) -> None:
        self._clock = clock
        self.begin(start, end, after=after)

    @property
    def value(self) -> T:
        return self._end if self.done else self._start

    @property
    def done(self) -> bool:
        return self._clock.monotonic() >= self._due

    @property
    def remaining(self) -> float:
        """Seconds of the clock until the end value shows; 0 when it does."""
        return max(0.0, self._due - self._clock.monotonic())

    def begin(self, start: T, end: T, *, after: float) -> None:
        """Start another move from now."""
        self._start, self._end, self._due = start, end, self._clock.monotonic() + after

    def settle(self, value: T) -> None:
        """Show `value` from now on."""
        self.begin(value, value, after=0.0)

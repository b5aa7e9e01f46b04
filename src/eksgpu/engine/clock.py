"""Time, injected: everything that waits, expires or measures asks one of these clocks.

The system clock can be divided by a speed, which is how the sandbox makes a nine-minute control plane take seconds;
the stepped clock makes a run deterministic, because time passes only when somebody sleeps.
"""

import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """What the engine, the kinds and the sandbox may ask of time."""

    def monotonic(self) -> float:
        """Seconds since an arbitrary start; never goes back. Runs `speed` times faster than wall time."""
        ...

    def now(self) -> datetime:
        """The wall time in UTC: for timestamps, leases and tokens, never for durations."""
        ...

    def sleep(self, seconds: float, wake: threading.Event | None = None) -> None:
        """Let `seconds` of this clock pass; return early when `wake` is set."""
        ...


class SystemClock:
    """The machine's clock; `speed` 100 makes 100 seconds of waiting take one."""

    def __init__(self, speed: float = 1.0) -> None:
        self.speed = speed

    def monotonic(self) -> float:
        return time.monotonic() * self.speed

    def now(self) -> datetime:
        return datetime.now(UTC)

    def sleep(self, seconds: float, wake: threading.Event | None = None) -> None:
        real = max(0.0, seconds) / self.speed
        if wake is None:
            time.sleep(real)
        else:
            wake.wait(real)


class SteppedClock:
    """A clock that moves only when somebody sleeps: two runs of one program see the same times."""

    def __init__(self, start: datetime = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)) -> None:
        self._start = start
        self._elapsed = 0.0

    def monotonic(self) -> float:
        return self._elapsed

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self._elapsed)

    def sleep(self, seconds: float, wake: threading.Event | None = None) -> None:
        if wake is None or not wake.is_set():
            self._elapsed += max(0.0, seconds)

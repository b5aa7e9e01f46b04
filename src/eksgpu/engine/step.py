"""One object's way to where the plan wants it: a generator that yields the seconds it wants to sleep.

The executor does the waiting, so one thread or thirty can drive it, and a run with a stepped clock repeats exactly.
Here is what making and removing share: deadlines, polls, throttles and events.
"""

import zlib
from collections.abc import Callable, Generator
from dataclasses import dataclass

from eksgpu.errors import CloudError, Throttled

from .diff import Lookup
from .events import Event, Happened, Listener
from .resource import Live, Run

Waits = Generator[float, None, Live | None]
POLL_SHORTEST, POLL_LONGEST, POLL_SHARE = 2.0, 15.0, 20.0
SETTLE = 60.0  # how long a new object may stay invisible to reads (EC2 and IAM are eventually consistent)


def poll_delay(elapsed: float) -> float:
    """How long to wait before looking again: a twentieth of the time waited so far, between 2 and 15 s."""
    return min(POLL_LONGEST, max(POLL_SHORTEST, elapsed / POLL_SHARE))


@dataclass
class Work:
    """What a step may use. `removing(kind)` tells whether the run still has objects of that kind to delete."""

    run: Run
    lookup: Lookup
    listener: Listener
    removing: Callable[[str], bool]
    began: float


class Step:
    """One object's way to where the plan wants it."""

    def __init__(self, work: Work, action: str, kind: str, name: str, deadline: float) -> None:
        self.work, self.action, self.kind, self.name = work, action, kind, name
        self._deadline = deadline
        self._started: float | None = None
        self._throttles = 0

    @property
    def identity(self) -> str:
        return f"{self.kind}/{self.name}"

    def named(self, live: Live) -> str:
        """Identity and physical id, for messages; what lives in a cluster has no other id."""
        return self.identity if live.id == self.identity else f"{self.identity} ({live.id})"

    def steps(self) -> Waits:
        """Drive it to its end."""
        raise NotImplementedError

    def elapsed(self) -> float:
        """Seconds since the step began."""
        now = self.work.run.clock.monotonic()
        if self._started is None:
            self._started = now
        return now - self._started

    def tell(self, happened: Happened, detail: str = "", id: str = "") -> None:  # noqa: A002
        """Emit an event about this step."""
        at = self.work.run.clock.monotonic() - self.work.began
        event = Event(happened, self.action, self.kind, self.name, at, self.elapsed(), id, detail)
        self.work.listener(event)

    def later(self, reason: str) -> float:
        """Seconds to wait before trying again; raises when the deadline has passed."""
        elapsed = self.elapsed()
        if elapsed > self._deadline:
            raise CloudError(f"{self.identity}: gave up after {int(elapsed)} s: {reason}")
        self.tell(Happened.RETRYING, reason)
        return poll_delay(elapsed)

    def throttled(self, error: Throttled) -> float:
        """Seconds to wait after a throttle: doubling, spread by the object's name so that not all return at once."""
        self._throttles += 1
        if self.elapsed() > self._deadline:
            raise error
        self.tell(Happened.RETRYING, str(error))
        spread = zlib.crc32(self.identity.encode()) % 1000 / 1000
        return float(min(2 ** (self._throttles - 1), 16) + spread)

    def wait(self, live: Live) -> float:
        """Seconds until the next look at a pending object."""
        elapsed = self.elapsed()
        if elapsed > self._deadline:
            raise CloudError(f"{self.named(live)}: still {live.state} after {int(elapsed)} s. {live.reason}")
        self.tell(Happened.WAITING, live.reason, live.id)
        return poll_delay(elapsed)

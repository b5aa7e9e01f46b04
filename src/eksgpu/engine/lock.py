"""One operator at a time: a lock that outlives nobody.

The lock's value says who holds it. It is renewed by the executor's own loop and before every call that changes
something, so there is no thread of its own; a renewal that finds another version than its last one means that the
lock was taken.
"""

import json
import os
import socket
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from eksgpu.errors import LockHeld, LockLost

from .clock import Clock

RENEW_AFTER = 60.0
STALE_AFTER = timedelta(minutes=5)


class LockStore(Protocol):
    """Where the lock lives: something that can be created atomically and counts its versions."""

    def create(self, value: str) -> int | None:
        """The first version, or None when it exists already."""
        ...

    def read(self) -> tuple[str, int] | None: ...

    def renew(self, value: str, expected: int) -> int:
        """Write a version after `expected`; raises LockLost when another one came between."""
        ...

    def delete(self) -> None: ...


@dataclass(frozen=True)
class Owner:
    """Who holds the lock. `boot` changes with every boot of the host, so a pid of an older boot is dead."""

    host: str
    boot: str
    pid: int
    start: str
    beat: str = ""

    @classmethod
    def me(cls, clock: Clock) -> "Owner":
        """This process."""
        return cls(socket.gethostname(), _boot_id(), os.getpid(), clock.now().isoformat())


class Lock:
    """The lock of one cluster, used as `with Lock(...)`."""

    def __init__(
        self,
        store: LockStore,
        clock: Clock,
        *,
        break_lock: bool = False,
        owner: Owner | None = None,
        notice: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._break = break_lock
        self._owner = owner or Owner.me(clock)
        self._notice = notice
        self._version = 0
        self._renewed = 0.0
        self._lost = False
        self._one_at_a_time = threading.RLock()
        self._renewing = False

    def __enter__(self) -> "Lock":
        """Raises LockHeld when somebody else works on this cluster."""
        version = self._store.create(self._value())
        self._version = version if version is not None else self._take_over()
        self._renewed = self._clock.monotonic()
        return self

    def __exit__(self, *_: object) -> None:
        if not self._lost:
            self._store.delete()

    def beat(self, _operation: str = "") -> None:
        """Renew when it is time. Raises LockLost: then nothing more may be changed. Thread-safe."""
        # One renewal at a time: two of the same version would look like two operators. Renewing is a write itself,
        # and so comes back here, after however long.
        with self._one_at_a_time:
            if self._lost:
                raise LockLost("the lock of this cluster was taken by someone else")
            if self._renewing or self._clock.monotonic() - self._renewed < RENEW_AFTER:
                return
            self._renewing, self._renewed = True, self._clock.monotonic()
            try:
                self._version = self._store.renew(self._value(), self._version)
            except LockLost:
                self._lost = True
                raise
            finally:
                self._renewing = False

    def _take_over(self) -> int:
        found = self._store.read()
        if found is None:  # released between our two calls
            version = self._store.create(self._value())
            if version is not None:
                return version
            found = self._store.read()
        if found is None:
            raise LockHeld("the lock of this cluster changes hands just now", hint="try again in a moment")
        value, version = found
        holder = Owner(**json.loads(value))
        if self._dead(holder):
            self._notice(f"took over the lock of a process that died (pid {holder.pid} on {holder.host})")
        elif self._break:
            self._notice(f"broke the lock of pid {holder.pid} on {holder.host}")
        else:
            self._refuse(holder)
        return self._store.renew(self._value(), version)

    def _refuse(self, holder: Owner) -> None:
        silent = self._clock.now() - datetime.fromisoformat(holder.beat)
        stale = silent > STALE_AFTER
        since = datetime.fromisoformat(holder.start)
        raise LockHeld(
            f"someone else is working on this cluster: pid {holder.pid} on {holder.host}, "
            f"since {since:%Y-%m-%d %H:%M:%S} UTC, last seen {int(silent.total_seconds())} s ago",
            hint="if that process is gone, take the lock with --break-lock"
            if stale
            else "wait until it has finished; only one operator at a time can change a cluster",
        )

    def _dead(self, holder: Owner) -> bool:
        if holder.host != self._owner.host:
            return False
        return holder.boot != self._owner.boot or not _alive(holder.pid)

    def _value(self) -> str:
        return json.dumps(asdict(self._owner) | {"beat": self._clock.now().isoformat()}, sort_keys=True)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _boot_id() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""

"""Working under the cluster's lock: taken before anything changes, kept alive by the executor, given back after."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from eksgpu.aws.lock_store import ParameterLockStore
from eksgpu.engine.lock import Lock
from eksgpu.errors import Throttled

from .connect import Connection

TRIES = 5


@contextmanager
def locked(connection: Connection, *, break_lock: bool, notice: Callable[[str], None]) -> Iterator[Lock]:
    """The lock, held. Raises LockHeld when somebody else works on this cluster."""
    run = connection.run
    lock = Lock(ParameterLockStore(run), run.clock, break_lock=break_lock, notice=notice)
    for attempt in range(TRIES):
        try:
            lock.__enter__()
            break
        except Throttled:
            if attempt == TRIES - 1:
                raise
            run.clock.sleep(2.0**attempt)
    run.aws.guard_writes(lock.beat)
    try:
        yield lock
    finally:
        run.aws.guard_writes(None)
        lock.__exit__()

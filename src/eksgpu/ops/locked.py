"""Working under the cluster's lock: taken before anything changes, kept alive by the executor, given back after."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from eksgpu.aws.lock_store import ParameterLockStore
from eksgpu.engine.lock import Lock
from eksgpu.errors import CredentialsError, Throttled

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
    for guarded in (run.aws, connection.access):
        guarded.guard_writes(lock.beat)
    try:
        yield lock
    finally:
        for guarded in (run.aws, connection.access):
            guarded.guard_writes(None)
        _give_back(lock, notice)


def _give_back(lock: Lock, notice: Callable[[str], None]) -> None:
    try:
        lock.__exit__()
    except CredentialsError:
        # What the run itself met is the news; that this failed for the same reason is not.
        notice("the lock could not be given back: the next run on this machine takes it over, others need --break-lock")

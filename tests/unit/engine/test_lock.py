"""The lock among the threads of one run; what two operators do to each other is in tests/lifecycle."""

import threading

from eksgpu.engine.clock import SteppedClock
from eksgpu.engine.lock import RENEW_AFTER, Lock
from eksgpu.errors import LockLost


class SlowStore:
    """Renewing takes longer than a renewal lasts, and another thread of the run comes along meanwhile."""

    def __init__(self, clock: SteppedClock) -> None:
        self.clock = clock
        self.version = 1
        self.lock: Lock
        self.failed: list[LockLost] = []
        self.other = threading.Thread(target=self._beat)

    def create(self, value: str) -> int | None:
        return self.version

    def read(self) -> tuple[str, int] | None:
        return None

    def renew(self, value: str, expected: int) -> int:
        if not self.other.ident:
            self.clock.sleep(RENEW_AFTER + 1)
            self.other.start()
            self.other.join(0.1)
        if expected != self.version:
            raise LockLost("taken")
        self.version += 1
        return self.version

    def delete(self) -> None:
        pass

    def _beat(self) -> None:
        try:
            self.lock.beat()
        except LockLost as error:
            self.failed.append(error)


def test_threads_do_not_take_the_lock_from_each_other() -> None:
    clock = SteppedClock()
    store = SlowStore(clock)
    with Lock(store, clock) as lock:
        store.lock = lock
        clock.sleep(RENEW_AFTER + 1)
        lock.beat()
        store.other.join()
        assert store.failed == []
        assert store.version == 3


class Guarded(SlowStore):
    """The write that renews asks for the lock, as every write does, and only after a look that took a while."""

    def renew(self, value: str, expected: int) -> int:
        self.clock.sleep(RENEW_AFTER + 1)
        self.lock.beat()
        if expected != self.version:
            raise LockLost("taken")
        self.version += 1
        return self.version


def test_a_slow_renewal_does_not_take_the_lock_from_itself() -> None:
    clock = SteppedClock()
    store = Guarded(clock)
    with Lock(store, clock) as lock:
        store.lock = lock
        clock.sleep(RENEW_AFTER + 1)
        lock.beat()
        assert store.version == 2

"""Ctrl-C during a run: noted when it comes, raised only where the run's loop says that it can bear it.

Python raises KeyboardInterrupt between any two instructions. In the middle of the executor's bookkeeping it would lose
count of what is under way, and the run would wait for it forever.
"""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Self


class Interrupts:
    """While entered, Ctrl-C is raised by `check` and inside `bearable` alone. It works on the main thread only."""

    def __init__(self) -> None:
        self._pending = False
        self._bearable = False
        self._before = signal.getsignal(signal.SIGINT)

    def __enter__(self) -> Self:
        if self._ours():
            signal.signal(signal.SIGINT, self._caught)
        return self

    def __exit__(self, *_: object) -> None:
        if self._ours():
            signal.signal(signal.SIGINT, self._before)

    def check(self) -> None:
        """Raise KeyboardInterrupt once for a Ctrl-C that came since the last time."""
        if self._pending:
            self._pending = False
            raise KeyboardInterrupt

    @contextmanager
    def bearable(self) -> Iterator[None]:
        """Here it is raised at once: for waiting, which is not to delay it."""
        try:
            self._bearable = True
            self.check()
            yield
        finally:
            self._bearable = False

    def _caught(self, _number: int, _frame: FrameType | None) -> None:
        self._pending = True
        if self._bearable:
            self.check()

    def _ours(self) -> bool:
        # Whoever ignores it (nohup) or handles it in a way of their own knows better.
        return threading.current_thread() is threading.main_thread() and self._before is signal.default_int_handler

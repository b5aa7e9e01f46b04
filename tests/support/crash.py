"""Crashing at every call: the run is forked at each call that changes something, and every child has another accident.

The parent goes on undisturbed, so one pass over a run tries all of its calls; a child costs only what comes after its
accident. Everything is in this process and on one thread, which is what makes a fork a faithful copy of the account.
"""

import gc
import os
import traceback
from collections.abc import Callable
from dataclasses import dataclass

from eksgpu.sandbox.calllog import LoggedCall
from eksgpu.sandbox.faults import Fault, Moment, failed_after, lost_answer, throttle
from eksgpu.sandbox.world import World

READS = ("Describe", "List", "Get", "Simulate")
FAULTS: dict[str, Callable[[str, str], Fault]] = {
    "answer lost": lost_answer,
    "throttled": throttle,
    "5xx after execution": failed_after,
}
MODES = ("killed", *FAULTS)


class Killed(BaseException):
    """Stands for SIGKILL: nothing of ours may catch it and go on calling."""


@dataclass
class _Child:
    mode: str
    pipe: int


class Crashes:
    """One run of `act` for real, and once more for each mutating call and each accident that falls into this chunk.

    recover: what a user does after a kill: run the same command again, as a new process would.
    check:   raises unless the account is as after an undisturbed run; told whether the process was killed.
    where:   at which calls accidents happen.

    After `run`: `tried` accidents, and in `reports` one text for each that did not end well.
    """

    def __init__(
        self,
        world: World,
        act: Callable[[], object],
        recover: Callable[[], None],
        check: Callable[[bool], None],
        *,
        chunk: int,
        chunks: int,
        where: Callable[[LoggedCall], bool] = lambda _: True,
    ) -> None:
        self.world, self.act, self.recover, self.check = world, act, recover, check
        self.chunk, self.chunks, self.where = chunk, chunks, where
        self.tried = 0
        self.reports: list[str] = []
        self._seen = 0
        self._child: _Child | None = None

    def run(self) -> None:
        """Try every accident; returns in the parent only."""
        self.world.faults.hook = self._hook
        try:
            self.act()
        except BaseException:
            if self._child is None:
                raise
            if self._child.mode != "killed":
                _end(self._child, traceback.format_exc())
        finally:
            self.world.faults.hook = None
        if self._child is not None:
            self._finish(self._child)

    def _hook(self, moment: Moment, call: LoggedCall) -> None:
        if call.operation.startswith(READS):
            return
        if self._child is not None:
            if self._child.mode == "killed" and moment == "after":
                self.world.faults.hook = None
                raise Killed
        elif moment == "before" and self.where(call):
            self._branch(call)

    def _branch(self, call: LoggedCall) -> None:
        """Fork once for each accident at this call; the child leaves the loop and goes on with the run."""
        self._seen += 1
        for number, mode in enumerate(MODES):
            if (self._seen * len(MODES) + number) % self.chunks != self.chunk:
                continue
            self.tried += 1
            self._child = self._fork(mode, call)
            if self._child is not None:
                return

    def _fork(self, mode: str, call: LoggedCall) -> _Child | None:
        """The child's side of a fork, or None in the parent once the child has reported."""
        read, write = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(read)
            gc.disable()  # it would touch, and so copy, the whole heap
            if mode in FAULTS:
                self.world.faults.add(FAULTS[mode](call.service, call.operation))
            return _Child(mode, write)
        os.close(write)
        with os.fdopen(read) as pipe:
            report = pipe.read()
        os.waitpid(pid, 0)
        if report != "ok":
            self.reports.append(f"{mode} at call {self._seen}, {call.service}:{call.operation}:\n{report}")
        return None

    def _finish(self, child: _Child) -> None:
        try:
            if child.mode == "killed":
                self.recover()
            self.check(child.mode == "killed")
        except BaseException:
            _end(child, traceback.format_exc())
        _end(child, "ok")


def _end(child: _Child, report: str) -> None:
    os.write(child.pipe, report[-4000:].encode())
    os._exit(0)

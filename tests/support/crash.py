"""Crashing at every call: the run is forked at each call that changes something, and every child has another accident.

The parent goes on undisturbed, so one pass over a run tries all of its calls; a child costs only what comes after its
accident. Everything is in this process and on one thread, which is what makes a fork a faithful copy of the account.
"""

import gc
import os
import traceback
import zlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

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
class _Calls:
    """The changing calls of one run, each once however often it is tried again; named so in any order they come in."""

    shares: int
    in_share: Counter[int] = field(default_factory=Counter)
    _numbers: Counter[str] = field(default_factory=Counter)
    _known: set[str] = field(default_factory=set)

    def share(self, call: LoggedCall) -> int | None:
        """Which share of the accidents this call belongs to; None when it is tried again."""
        # A token is that of one try.
        told = {name: value for name, value in call.params.items() if not name.lower().endswith("token")}
        asked = f"{call.name} {told}"
        if not self.shares or asked in self._known:
            return None
        self._known.add(asked)
        self._numbers[call.name] += 1
        share = zlib.crc32(f"{call.name} {self._numbers[call.name]}".encode()) % self.shares
        self.in_share[share] += 1
        return share


@dataclass
class _Child:
    """share: the accident is at every call of this share, not at one alone."""

    mode: str
    pipe: int
    share: int | None = None


class Crashes:
    """One run of `act` for real, and once more for each mutating call and each accident that falls into this chunk.

    recover: what a user does after a kill: run the same command again, as a new process would.
    check:   raises unless the account is as after an undisturbed run; told whether the process was killed.
    where:   at which calls accidents happen.
    shares:  but for kills, which end a run, have the accidents of one sort in so many runs, each call in one of them;
             0: every accident has a run of its own.

    After `run`: `tried` runs, and in `reports` one text for each that did not end well.
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
        shares: int = 0,
    ) -> None:
        self.world, self.act, self.recover, self.check = world, act, recover, check
        self.chunk, self.chunks, self.where = chunk, chunks, where
        self.tried = 0
        self.reports: list[str] = []
        self._seen = 0
        self._child: _Child | None = None
        self._alone = ("killed",) if shares else MODES
        self._calls = _Calls(shares)
        self._shared: dict[tuple[str, int], str] = {}

    def run(self) -> None:
        """Try every accident; returns in the parent only."""
        self.world.faults.hook = self._hook
        try:
            self._branch_shares()
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
        for (mode, share), report in self._shared.items():
            expected = _ok(self._calls.in_share[share])
            if report != expected:
                self.reports.append(f"{mode} at the calls of share {share} ({expected} expected):\n{report}")

    def _hook(self, moment: Moment, call: LoggedCall) -> None:
        if call.operation.startswith(READS):
            return
        if self._child is not None and self._child.mode == "killed":
            if moment == "after":
                self.world.faults.hook = None
                raise Killed
        elif moment == "before" and self.where(call):
            share = self._calls.share(call)
            if self._child is None:
                self._branch(call)
            elif share is not None and share == self._child.share:
                self.world.faults.add(FAULTS[self._child.mode](call.service, call.operation))

    def _branch_shares(self) -> None:
        """Fork once for each share of each accident; the child leaves the loop and begins the run."""
        runs = [(mode, share) for mode in FAULTS for share in range(self._calls.shares)]
        for mode, share in runs[self.chunk :: self.chunks]:
            self._child, report = self._fork(mode, share=share)
            if self._child is not None:
                return
            self._shared[mode, share] = report

    def _branch(self, call: LoggedCall) -> None:
        """Fork once for each accident at this call; the child leaves the loop and goes on with the run."""
        self._seen += 1
        for number, mode in enumerate(self._alone):
            if (self._seen * len(self._alone) + number) % self.chunks != self.chunk:
                continue
            self._child, report = self._fork(mode)
            if self._child is not None:
                if mode in FAULTS:
                    self.world.faults.add(FAULTS[mode](call.service, call.operation))
                return
            if report != _ok(0):
                self.reports.append(f"{mode} at call {self._seen}, {call.service}:{call.operation}:\n{report}")

    def _fork(self, mode: str, share: int | None = None) -> tuple[_Child | None, str]:
        """The child's side of a fork, or in the parent None and what the child has reported."""
        self.tried += 1
        read, write = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(read)
            gc.disable()  # it would touch, and so copy, the whole heap
            return _Child(mode, write, share), ""
        os.close(write)
        with os.fdopen(read) as pipe:
            report = pipe.read()
        os.waitpid(pid, 0)
        return None, report

    def _finish(self, child: _Child) -> None:
        try:
            if child.mode == "killed":
                self.recover()
            self.check(child.mode == "killed")
        except BaseException:
            _end(child, traceback.format_exc())
        _end(child, _ok(0 if child.share is None else self._calls.in_share[child.share]))


def survives(crashes: Crashes) -> None:
    """Try every accident. Raises AssertionError with the first reports when one did not end well."""
    crashes.run()
    assert crashes.tried
    assert not crashes.reports, f"{len(crashes.reports)} of {crashes.tried}:\n\n" + "\n".join(crashes.reports[:3])


def _ok(accidents: int) -> str:
    """All went well, with so many accidents of a share."""
    return f"ok {accidents}"


def _end(child: _Child, report: str) -> None:
    os.write(child.pipe, report[-4000:].encode())
    os._exit(0)

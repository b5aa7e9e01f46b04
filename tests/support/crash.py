"""Crashing at every call: the run is forked at each call that changes something, and every child has another accident.

The parent goes on undisturbed, so one pass over a run tries all of its calls; a child costs only what comes after its
accident. Everything is in this process and on one thread, which is what makes a fork a faithful copy of the account.
"""

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
    label: str
    mode: str
    pipe: int


def crash_everywhere(
    world: World,
    act: Callable[[], object],
    recover: Callable[[], None],
    check: Callable[[], None],
    *,
    chunk: int,
    chunks: int,
) -> tuple[int, list[str]]:
    """Run `act` once for real, and once more for each mutating call and each accident that falls into this chunk.

    recover: what a user does after a kill: run the same command again, as a new process would.
    check:   raises unless the account is as after an undisturbed run.

    Returns how many accidents were tried, and a report for each that did not end well.
    """
    child: _Child | None = None
    reports: list[str] = []
    seen = tried = 0

    def hook(moment: Moment, call: LoggedCall) -> None:
        nonlocal child, seen, tried
        if call.operation.startswith(READS):
            return
        if child is not None:
            if child.mode == "killed" and moment == "after":
                world.faults.hook = None
                raise Killed
            return
        if moment == "after":
            return
        seen += 1
        for number, mode in enumerate(MODES):
            if (seen * len(MODES) + number) % chunks != chunk:
                continue
            tried += 1
            label = f"{mode} at call {seen}, {call.service}:{call.operation}"
            child = _fork(world, label, mode, call, reports)
            if child is not None:
                return

    world.faults.hook = hook
    try:
        act()
    except BaseException:
        if child is None or child.mode != "killed":
            _end(child, traceback.format_exc())
    finally:
        world.faults.hook = None
    if child is not None:
        _finish(child, recover, check)
    return tried, reports


def _fork(world: World, label: str, mode: str, call: LoggedCall, reports: list[str]) -> _Child | None:
    """The child's side of a fork, or None in the parent once the child has reported."""
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(read)
        if mode in FAULTS:
            world.faults.add(FAULTS[mode](call.service, call.operation))
        return _Child(label, mode, write)
    os.close(write)
    with os.fdopen(read) as pipe:
        report = pipe.read()
    os.waitpid(pid, 0)
    if report != "ok":
        reports.append(f"{label}:\n{report}")
    return None


def _finish(child: _Child, recover: Callable[[], None], check: Callable[[], None]) -> None:
    try:
        if child.mode == "killed":
            recover()
        check()
    except BaseException:
        _end(child, traceback.format_exc())
    _end(child, "ok")


def _end(child: _Child | None, report: str) -> None:
    if child is None:
        raise
    os.write(child.pipe, report[-4000:].encode())
    os._exit(0)

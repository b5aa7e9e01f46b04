"""Running a program once and measuring it: wall time, processor time and peak memory of that process alone."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryFile

EKSGPU = str(Path(sys.executable).with_name("eksgpu"))


@dataclass(frozen=True)
class Measured:
    """One run. `wall` and `cpu` in seconds, `peak` in MB of resident memory (its children's too, one at a time)."""

    wall: float
    cpu: float
    peak: float
    output: str


def run(command: Sequence[str], environment: Mapping[str, str], *, ok: Sequence[int] = (0,)) -> Measured:
    """Run it to its end. Raises RuntimeError for an exit code that is not in `ok`."""
    with TemporaryFile() as out, TemporaryFile() as err:
        start = time.perf_counter()
        process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=out, stderr=err)
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)  # so that Popen does not wait for it again
        texts = []
        for stream in (out, err):
            stream.seek(0)
            texts.append(stream.read().decode(errors="replace"))
    if process.returncode not in ok:
        raise RuntimeError(f"{' '.join(command)}: exit {process.returncode}\n{texts[0]}\n{texts[1]}")
    return Measured(wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1000, texts[0])


def middle(measured: Sequence[Measured]) -> Measured:
    """The medians of several runs, with the last one's output."""
    return Measured(
        median(one.wall for one in measured),
        median(one.cpu for one in measured),
        median(one.peak for one in measured),
        measured[-1].output,
    )


def alternate(runs: int, *commands: tuple[Sequence[str], Mapping[str, str]]) -> list[Measured]:
    """The medians of several commands that take turns, so that a busy machine slows all of them alike."""
    found: list[list[Measured]] = [[] for _ in commands]
    for number in range(runs + 1):
        for kept, (command, environment) in zip(found, commands, strict=True):
            one = run(command, environment)
            if number:  # the first only warms the file cache
                kept.append(one)
    return [middle(kept) for kept in found]

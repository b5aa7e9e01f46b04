"""A copy of the process, with the whole account in it, for trying what must not be seen by whoever comes next.

Making an account takes longer than most of what is tried on it; a copy costs milliseconds. Everything is on one thread.
"""

import faulthandler
import gc
import os
import select
import signal
import traceback
from collections.abc import Callable
from functools import partial, wraps
from typing import ParamSpec

P = ParamSpec("P")


def in_a_copy(do: Callable[[], object]) -> str:
    """Run `do` in a child; returns nothing when it went well, else the traceback, or how the child ended."""
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(read)
        _run(do, write)
    os.close(write)
    pipe = os.fdopen(read)
    try:
        report = pipe.read()
    except BaseException as stopped:  # out of time, or Ctrl-C
        os.kill(pid, signal.SIGUSR1)
        stopped.add_note(f"The copy was here:\n{_last_words(read)}")
        os.kill(pid, signal.SIGKILL)
        raise
    finally:
        pipe.close()
        _, status = os.waitpid(pid, 0)
    if report == "ok":
        return ""
    return report or f"the copy ended with {os.waitstatus_to_exitcode(status)} and said nothing"


def on_a_copy(test: Callable[P, None]) -> Callable[P, None]:
    """A test that runs in a copy, so that the next one finds what its fixtures made as they made it.

    The World of the last `World()` is the only one in a process that works: in a module where a fixture keeps one,
    every test is on a copy.
    """

    @wraps(test)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        report = in_a_copy(partial(test, *args, **kwargs))
        assert not report, report

    return run


def _run(do: Callable[[], object], pipe: int) -> None:
    gc.disable()  # it would touch, and so copy, the whole heap
    faulthandler.register(signal.SIGUSR1, pipe)
    report = "ok"
    try:
        do()
    except BaseException:
        report = traceback.format_exc()[-4000:]
    finally:
        os.write(pipe, report.encode())
        os._exit(0)


def _last_words(pipe: int) -> str:
    """Where every thread of a copy that does not end is, which it tells when asked by a signal."""
    ready, _, _ = select.select([pipe], [], [], 5.0)
    return os.read(pipe, 1 << 16).decode() if ready else "it did not answer"

"""The sandbox's home folder: private, with the state of the one daemon that may run in it, and the locks around it.

A daemon holds the `running` lock for life; starting and stopping hold the `start` lock. The system drops both with
their process, so there is nothing stale to clean up after a crash.
"""

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

HOME_VARIABLE = "EKSGPU_SANDBOX_HOME"
RUNNING = "running.lock"
STARTING = "start.lock"
LOG = "server.log"
_STATE = "state.json"


@dataclass(frozen=True)
class State:
    """What the running daemon says of itself."""

    pid: int
    endpoint: str
    speed: float
    version: str
    account: str


def default_home(environ: Mapping[str, str] | None = None) -> Path:
    """$EKSGPU_SANDBOX_HOME, else a folder under $XDG_STATE_HOME or ~/.local/state."""
    variables = os.environ if environ is None else environ
    if chosen := variables.get(HOME_VARIABLE):
        return Path(chosen)
    state = variables.get("XDG_STATE_HOME")
    return (Path(state) if state else Path.home() / ".local" / "state") / "eksgpu" / "sandbox"


def prepare(home: Path) -> None:
    """Make the folder, readable by its owner alone."""
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    home.chmod(0o700)


@contextmanager
def held(home: Path, name: str) -> Iterator[None]:
    """Hold one of the home's locks; waits for it."""
    with _lock_file(home, name) as descriptor:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield


def running(home: Path) -> State | None:
    """The state of the daemon that holds the lock; None when none does."""
    if not home.is_dir():
        return None
    with _lock_file(home, RUNNING) as descriptor:
        try:
            # Shared, so that two who look at once do not take each other for a daemon.
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return _read_state(home)
    return None


def write_state(home: Path, state: State) -> None:
    draft = home / f"{_STATE}.new"
    draft.write_text(json.dumps(asdict(state)) + "\n", encoding="utf-8")
    draft.replace(home / _STATE)


def forget_state(home: Path) -> None:
    (home / _STATE).unlink(missing_ok=True)


@contextmanager
def _lock_file(home: Path, name: str) -> Iterator[int]:
    descriptor = os.open(home / name, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _read_state(home: Path) -> State | None:
    """None while a daemon that holds the lock has not written its state yet, or has just removed it."""
    try:
        return State(**json.loads((home / _STATE).read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None

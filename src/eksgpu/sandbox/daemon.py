"""Start, find and stop the sandbox's background process: one per home folder.

Liveness is the lock that the process holds, never a guess from a pid; a process of other code is refused.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from dataclasses import dataclass, replace
from pathlib import Path

from eksgpu.errors import EksgpuError
from eksgpu.sandbox import home as homes
from eksgpu.sandbox.options import Options
from eksgpu.sandbox.profile import config_file
from eksgpu.sandbox.version import code_version

IDLE_SECONDS = 8 * 3600.0
_CLUSTER_SECONDS = 120.0
_STOP_HINT = "run `eksgpu sandbox stop`, then start it again; what it holds is lost"


@dataclass(frozen=True)
class Status:
    """A running sandbox. `config_file` is an AWS config with the profile `eksgpu-sandbox`."""

    endpoint: str
    pid: int
    speed: float
    version: str
    account: str
    config_file: Path


def start(
    home: Path | None = None, *, speed: float = 1.0, options: Options | None = None, idle_seconds: float = IDLE_SECONDS
) -> Status:
    """The running sandbox of `home`; it is started when none runs, with `options` at `speed`.

    Raises EksgpuError when one of other code runs there, or when it cannot start.
    """
    folder = home or homes.default_home()
    homes.prepare(folder)
    with homes.held(folder, homes.STARTING):
        state = homes.running(folder)
        if state is None:
            _spawn(folder, replace(options or Options(), speed=speed), idle_seconds)
            state = homes.running(folder)
        if state is None:
            raise EksgpuError(f"the sandbox in {folder} ended as soon as it had started", hint=_log_hint(folder))
    if state.version != code_version():
        raise EksgpuError(
            f"the sandbox in {folder} (pid {state.pid}) was started by another version of eksgpu: "
            f"{state.version}, this one is {code_version()}",
            hint=_STOP_HINT,
        )
    return _status(folder, state)


def add_cluster(running: Status, name: str, region: str, *, gpus: int = 0) -> None:
    """Have a running sandbox hold a cluster that somebody else made, with Karpenter. EksgpuError for a name in use.

    gpus: nodes of theirs with a GPU each.
    """
    body = json.dumps({"name": name, "region": region, "gpus": gpus}).encode()
    asked = urllib.request.Request(f"{running.endpoint}/_sandbox/foreign", body, method="POST")  # noqa: S310  loopback
    try:
        urllib.request.urlopen(asked, timeout=_CLUSTER_SECONDS).close()  # noqa: S310
    except urllib.error.HTTPError as error:
        told = json.loads(error.read() or b"{}").get("error", str(error))
        raise EksgpuError(f"the sandbox did not make the cluster {name}: {told}") from error


def stop(home: Path | None = None) -> bool:
    """End the sandbox of `home` and wait until it is gone; False when none runs."""
    folder = home or homes.default_home()
    if not folder.is_dir():
        return False
    with homes.held(folder, homes.STARTING):
        state = homes.running(folder)
        if state is None:
            return False
        os.kill(state.pid, signal.SIGTERM)
        with homes.held(folder, homes.RUNNING):
            return True


def status(home: Path | None = None) -> Status | None:
    """The running sandbox of `home`, of whatever version; None when none runs."""
    folder = home or homes.default_home()
    state = homes.running(folder)
    return None if state is None else _status(folder, state)


def _spawn(home: Path, options: Options, idle_seconds: float) -> None:
    """Start the process and wait until it says on a pipe that it is ready; the pipe's end tells that it failed."""
    ready, signal_ready = os.pipe()
    arguments = {
        "--home": str(home),
        "--options": options.encoded(),
        "--idle-seconds": str(idle_seconds),
        "--ready-fd": str(signal_ready),
    }
    # Nobody's account is meant: a profile that is missing here would keep its botocore from starting.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    command = [sys.executable, "-m", "eksgpu.sandbox", *(part for pair in arguments.items() for part in pair)]
    with (home / homes.LOG).open("wb") as log:
        subprocess.run(  # noqa: S603  our own interpreter and module, no shell
            command,
            check=False,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            pass_fds=(signal_ready,),
            start_new_session=True,
        )
    os.close(signal_ready)
    with os.fdopen(ready, "rb") as answers:
        if not answers.read():
            raise EksgpuError(f"the sandbox in {home} did not start{_last_line(home)}", hint=_log_hint(home))


def _status(home: Path, state: homes.State) -> Status:
    return Status(state.endpoint, state.pid, state.speed, state.version, state.account, config_file(home))


def _last_line(home: Path) -> str:
    lines = (home / homes.LOG).read_text(encoding="utf-8", errors="replace").strip().splitlines()
    if lines:
        return f": {lines[-1]}"
    return "" if shutil.disk_usage(home).free else ": its disk is full"


def _log_hint(home: Path) -> str:
    return f"its output is in {home / homes.LOG}"

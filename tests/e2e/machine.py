"""A person's machine for end-to-end tests: the real command in its own processes, and a sandbox that only it sees."""

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from boto3.session import Session

from eksgpu.aws.clients import Clients
from eksgpu.sandbox import daemon
from eksgpu.sandbox.calllog import LoggedCall
from eksgpu.sandbox.faults import Fault
from eksgpu.sandbox.identity import ACCESS_KEY, SECRET_KEY
from eksgpu.sandbox.options import Options

COMMAND = Path(sys.executable).with_name("eksgpu")
SPEED = 60.0
SECONDS = 4.0  # that everything takes in the sandbox's AWS: long enough to be seen pending
SMALL = """\
apiVersion: eksgpu.dev/v1alpha1
kind: GpuCluster
metadata: {name: small, region: us-west-2}
spec:
  version: "1.35"
  network: {zones: [us-west-2a, us-west-2b]}
  nodeGroups: [{name: system, system: true, instanceTypes: [m5.large], desired: 2}]
"""


@dataclass(frozen=True)
class Ran:
    """What a command left behind. `code` is negative when a signal ended it."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """All of stdout as one JSON object."""
        return json.loads(self.out)


class Machine:
    """`folder` is its home: specs, settings and the sandbox's files stand there, and nothing outside is read."""

    def __init__(self, folder: Path, **options: Any) -> None:
        self.folder = folder
        self.home = folder / "sandbox"
        self.options = Options(**({"every_duration": SECONDS} | options))
        self.env = {
            "PATH": f"{COMMAND.parent}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(folder),
            "EKSGPU_SANDBOX_HOME": str(self.home),
            "COLUMNS": "100",
        }
        self.spec = self.write("small.yaml", SMALL)

    def __enter__(self) -> "Machine":
        self.sandbox = daemon.start(self.home, speed=SPEED, options=self.options)
        return self

    def __exit__(self, *_: object) -> None:
        daemon.stop(self.home)

    def write(self, name: str, text: str) -> Path:
        """A file in the home folder."""
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path

    def run(self, *arguments: str | Path, **env: str) -> Ran:
        """Run `eksgpu` to its end, without a terminal."""
        return finished(self.start(*arguments, **env))

    def start(self, *arguments: str | Path, **env: str) -> "subprocess.Popen[str]":
        """Start `eksgpu`, in a group of its own so that a signal reaches nobody else."""
        return subprocess.Popen(
            [COMMAND, *map(str, arguments)],
            cwd=self.folder,
            env=self.env | env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def log(self) -> list[LoggedCall]:
        """Every call that reached the sandbox."""
        return [LoggedCall(**call) for call in self._control("log")]

    def mutations(self) -> int:
        """How many calls changed something so far."""
        return sum(call.mutates for call in self.log())

    @contextmanager
    def aws(self) -> Iterator[Clients]:
        """Clients that look at the sandbox's account beside the command."""
        session = Session(aws_access_key_id=ACCESS_KEY, aws_secret_access_key=SECRET_KEY)
        made = Clients(session, region="us-west-2", endpoint_url=self.sandbox.endpoint)
        try:
            yield made
        finally:
            for client in made._raw.values():
                client.close()

    def fault(self, *faults: Fault) -> None:
        """Let these calls go wrong from now on; none lets everything go well again."""
        if faults:
            self._control("faults", "POST", [asdict(fault) for fault in faults])
        else:
            self._control("faults", "DELETE")

    def expired_after(self, calls: int, *arguments: str | Path) -> Ran:
        """Run a command whose credentials run out after that many calls."""
        self.fault(Fault("*", "*", calls, 0, "error", "ExpiredToken", "The security token is expired", 403))
        try:
            return self.run(*arguments)
        finally:
            self.fault()

    def _control(self, name: str, method: str = "GET", body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.sandbox.endpoint}/_sandbox/{name}", data, method=method)
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)


def finished(process: "subprocess.Popen[str]") -> Ran:
    """Wait for the end of a started command."""
    out, err = process.communicate()
    return Ran(process.returncode, out, err)


def until(true: Callable[[], bool], process: "subprocess.Popen[str]") -> None:
    """Wait until something is so, or the process has ended."""
    while process.poll() is None and not true():
        time.sleep(0.01)

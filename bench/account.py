"""A sandbox for one measurement: its own folder, its own process, gone afterwards; and what it says of itself."""

import json
import os
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench.child import EKSGPU, Measured, run
from eksgpu.ops.connect import Connection, Connector
from eksgpu.ops.options import Options as VerbOptions
from eksgpu.sandbox import daemon
from eksgpu.sandbox.home import HOME_VARIABLE
from eksgpu.sandbox.options import Options
from eksgpu.spec.load import load


@dataclass(frozen=True)
class Account:
    """A running sandbox, and the environment in which commands find it."""

    status: daemon.Status
    environment: Mapping[str, str]

    def eksgpu(self, verb: str, spec: Path, *options: str) -> Measured:
        """One verb on a spec, with its result as JSON."""
        return run(self.command(verb, spec, *options), self.environment)

    def command(self, verb: str, spec: Path, *options: str) -> list[str]:
        return [EKSGPU, verb, str(spec), "--sandbox", "--output", "json", *options]

    @property
    def options(self) -> VerbOptions:
        """What a verb of this process is told to find the sandbox."""
        return VerbOptions(endpoint_url=self.status.endpoint, speed=self.status.speed, sandbox=True)

    @contextmanager
    def connection(self, spec_file: Path) -> Iterator[Connection]:
        """A connection of this process, as a verb makes it for this spec."""
        metadata = load(spec_file).metadata
        connector = Connector()
        with closing(connector.connect(self.options, cluster=metadata.name, region=metadata.region)) as connection:
            yield connection

    def calls(self) -> list[dict[str, Any]]:
        """Every call so far, in order."""
        found: list[dict[str, Any]] = self._control("log")
        return found

    def slow_down(self, seconds: float) -> None:
        """Let every call take this much longer from now on; 0 ends that."""
        self._control("faults", method="DELETE")
        if seconds:
            delay = {"service": "*", "operation": "*", "times": 0, "do": "delay"}
            self._control("faults", [{**delay, "seconds": seconds * self.status.speed}], method="POST")

    def _control(self, name: str, body: Sequence[Mapping[str, Any]] | None = None, *, method: str = "GET") -> Any:
        data = None if body is None else json.dumps(body).encode()
        # Our own server on the loopback address.
        request = urllib.request.Request(f"{self.status.endpoint}/_sandbox/{name}", data, method=method)  # noqa: S310
        with urllib.request.urlopen(request) as answer:  # noqa: S310
            return json.load(answer)


@contextmanager
def account(*, speed: float, options: Options) -> Iterator[Account]:
    """A fresh account that lives as long as the block."""
    with TemporaryDirectory(prefix="eksgpu-bench.") as folder:
        home = Path(folder)
        status = daemon.start(home, speed=speed, options=options)
        try:
            yield Account(status, {"PATH": os.environ["PATH"], "HOME": folder, HOME_VARIABLE: folder})
        finally:
            daemon.stop(home)

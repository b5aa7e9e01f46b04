"""The `helm` program, the only way charts are changed: it is found, its version is checked, its words are understood.

Knows nothing of the mark or of graphs; what is released, and with which labels, it is told.
"""

import json
import re
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from eksgpu.errors import AlreadyExists, AnswerLost, CloudError, EksgpuError, Later, NotFound

from .chart_source import chart_arguments

OLDEST = (3, 13)  # the first with --labels. Source: Helm 3.13.0 release notes
WAIT_MINUTES = 10
VERSION = re.compile(r"v?(\d+)\.(\d+)\b")
MEANINGS: Sequence[tuple[type[CloudError], str]] = (
    (NotFound, r"release: not found"),
    (AlreadyExists, r"cannot reuse a name that is still in use|invalid ownership metadata"),
    (Later, r"another operation \(install/upgrade/rollback\) is in progress|failed calling webhook"
            r"|no endpoints available for service|asked for the client to provide credentials|Unauthorized"
            r"|no matches for kind|ensure CRDs are installed first|namespaces \"[^\"]+\" not found"),
    (AnswerLost, r"connection reset|unexpected EOF|EOF$|TLS handshake timeout|i/o timeout|http2: .*closed"),
)  # fmt: skip


@dataclass(frozen=True)
class Upgrade:
    """One `helm upgrade --install`. source: see chart_source.py; labels: on Helm's release Secret."""

    namespace: str
    release: str
    chart: str
    source: str
    version: str | None
    values: Mapping[str, Any]
    labels: Mapping[str, str] = field(default_factory=dict)
    description: str = ""


class Helm(Protocol):
    """What changes releases: the program, or what stands in for it. Errors are those of `eksgpu.errors`."""

    def check(self) -> None:
        """Raises EksgpuError when it is missing or too old."""
        ...

    def upgrade(self, wanted: Upgrade) -> None:
        """Install or upgrade, and wait until its objects are ready."""
        ...

    def rollback(self, namespace: str, release: str, revision: int) -> None:
        """Back to an earlier revision."""
        ...

    def uninstall(self, namespace: str, release: str) -> None:
        """Delete a release. Raises NotFound."""
        ...


class HelmProgram:
    """The program itself, working on one cluster. Thread-safe.

    kubeconfig: the text of one that leads into the cluster (see kubeconfig.py).
    program:    its name or path.
    """

    def __init__(self, kubeconfig: str, *, program: str = "helm") -> None:
        self._kubeconfig = kubeconfig
        self._program = program
        self._lock = threading.Lock()
        self._path = ""

    def check(self) -> None:
        self._checked()

    def upgrade(self, wanted: Upgrade) -> None:
        with self._folder() as folder:
            values = folder / "values.json"  # JSON is YAML
            values.write_text(json.dumps(wanted.values))
            arguments = ["upgrade", wanted.release, "--install", "--reset-values", "--wait", *_timeout()]
            arguments += ["--values", str(values), "--history-max", "5"]
            if wanted.labels:
                arguments += ["--labels", ",".join(f"{key}={value}" for key, value in sorted(wanted.labels.items()))]
            if wanted.description:
                arguments += ["--description", wanted.description]
            arguments += chart_arguments(wanted.chart, wanted.source, wanted.version, folder)
            self._run(arguments, folder, wanted.namespace, f"helm upgrade {wanted.namespace}/{wanted.release}")

    def rollback(self, namespace: str, release: str, revision: int) -> None:
        with self._folder() as folder:
            arguments = ["rollback", release, str(revision), "--wait", *_timeout()]
            self._run(arguments, folder, namespace, f"helm rollback {namespace}/{release}")

    def uninstall(self, namespace: str, release: str) -> None:
        with self._folder() as folder:
            arguments = ["uninstall", release, "--wait", *_timeout()]
            self._run(arguments, folder, namespace, f"helm uninstall {namespace}/{release}")

    def _run(self, arguments: list[str], folder: Path, namespace: str, operation: str) -> None:
        command = [self._checked(), *arguments, "--namespace", namespace, "--kubeconfig", str(folder / "kubeconfig")]
        try:
            done = subprocess.run(  # noqa: S603  no shell; arguments are ours
                command, capture_output=True, text=True, check=False, timeout=(WAIT_MINUTES + 2) * 60
            )
        except subprocess.TimeoutExpired as error:
            raise AnswerLost(f"{operation}: no end after {WAIT_MINUTES + 2} minutes", operation=operation) from error
        if done.returncode != 0:
            raise _failure(done.stderr or done.stdout, operation)

    def _checked(self) -> str:
        """The path of a program that is new enough."""
        with self._lock:
            if not self._path:
                path = shutil.which(self._program)
                if path is None:
                    raise EksgpuError(
                        f"charts need the helm program, and there is no `{self._program}` on the PATH",
                        hint=f"install Helm {OLDEST[0]}.{OLDEST[1]} or newer (https://helm.sh/docs/intro/install)",
                    )
                _check_version(path)
                self._path = path
            return self._path

    @contextmanager
    def _folder(self) -> Iterator[Path]:
        """A private folder for one call, with the kubeconfig in it."""
        with tempfile.TemporaryDirectory(prefix="eksgpu-helm-") as name:
            folder = Path(name)
            file = folder / "kubeconfig"
            file.touch(mode=0o600)
            file.write_text(self._kubeconfig)
            yield folder


def _check_version(path: str) -> None:
    done = subprocess.run(  # noqa: S603  no shell
        [path, "version", "--template", "{{.Version}}"], capture_output=True, text=True, check=False, timeout=60
    )
    found = VERSION.search(done.stdout)
    if done.returncode != 0 or found is None:
        said = (done.stderr or done.stdout).strip()
        raise EksgpuError(f"{path} does not tell its version: {said}", hint="is it Helm at all?")
    if (int(found[1]), int(found[2])) < OLDEST:
        raise EksgpuError(
            f"{path} is Helm {found[0]}, and charts need {OLDEST[0]}.{OLDEST[1]} or newer",
            hint="upgrade it (https://helm.sh/docs/intro/install)",
        )


def _timeout() -> list[str]:
    return ["--timeout", f"{WAIT_MINUTES}m0s"]


def _failure(said: str, operation: str) -> CloudError:
    # Warnings come first; what went wrong is the last thing that Helm says.
    text = " ".join(line.strip() for line in said.strip().splitlines() if not line.startswith("WARNING"))
    kind = next((kind for kind, pattern in MEANINGS if re.search(pattern, text)), CloudError)
    waited = "timed out waiting" in text or "context deadline exceeded" in text
    hint = "its pods did not become ready: `kubectl get pods,events` in its namespace says why" if waited else None
    return kind(f"{operation}: {text.removeprefix('Error: ')}", operation=operation, hint=hint)

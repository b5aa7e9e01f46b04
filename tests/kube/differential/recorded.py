"""What a real kube-apiserver answered, as data: one line for each step, so that a change shows in a diff.

`python -m tests.kube.differential.recorded` asks a real one again; `make golden` does that where its programs are.
"""

import hashlib
import json
import sys
import tempfile
import threading
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from eksgpu.sandbox.real import programs
from eksgpu.sandbox.real.control_plane import ControlPlane

from .ends import REAL_CONTROLLERS, real
from .requests import Case, Object
from .run import run
from .script import script

FILE = Path(__file__).with_name("real.jsonl")


def digest(case: Case) -> str:
    """Changes when a request of the case does: then its record is of another script."""
    steps = [[step.method, step.path, step.body, step.media, dict(step.query)] for step in case.steps]
    return hashlib.sha256(json.dumps(steps, sort_keys=True).encode()).hexdigest()[:12]


@cache
def recorded() -> dict[str, dict[str, Any]]:
    """By case: `digest`, and the answers by step."""
    found: dict[str, dict[str, Any]] = {}
    for line in FILE.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        held = found.setdefault(row["case"], {"digest": row["digest"], "answers": {}})
        held["answers"][row["step"]] = row["answer"]
    return found


def asked(url: str, ca: str, token: str) -> Iterator[tuple[Case, str, Object]]:
    """Every step's answer by a real server."""
    send, end = real(url, ca, token)
    pause = threading.Event()
    for case in script():
        for step, answer in run(case, send, lambda: pause.wait(0.1)):
            yield case, step.name, answer
    end()


def main() -> int:
    found = programs.folder()
    if found is None:
        sys.stderr.write(f"{FILE.name} stays as it is: no programs of a real control plane (make kube-assets)\n")
        return 0
    with tempfile.TemporaryDirectory() as folder:
        plane = ControlPlane(found, Path(folder), controllers=REAL_CONTROLLERS)
        try:
            rows = [
                {"case": case.name, "digest": digest(case), "step": step, "answer": answer}
                for case, step, answer in asked(plane.url, plane.ca, plane.admin_token)
            ]
        finally:
            plane.stop()
    lines = (json.dumps(row, sort_keys=True, separators=(",", ":"), ensure_ascii=False) for row in rows)
    FILE.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""The main job, from an empty account to a running vLLM server and back to nothing, in a sandbox of its own.

    python tools/demo.py [SPEC]

The sandbox follows AWS's documented durations on a faster clock: what a stage took by that clock is about what it would
take on AWS. Apply and destroy tell it by their events; of the others it is the time here, multiplied.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

SPEED = 60  # times faster than AWS: the whole takes about a minute
EKSGPU = str(Path(sys.executable).with_name("eksgpu"))
DEFAULT = "examples/h100-spot.yaml"


@dataclass
class Stage:
    """What was done, and how long it took: seconds here, and by the sandbox's clock where AWS itself takes time."""

    title: str
    here: float
    on_aws: float | None


def main(spec: str) -> int:
    stages: list[Stage] = []
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="eksgpu-demo.") as folder:
        os.environ["EKSGPU_SANDBOX_HOME"] = folder
        try:
            for title, arguments, waits in _stages(spec):
                stages.append(_run(title, arguments, Path(folder) / "events", waits=waits))
        except subprocess.CalledProcessError as error:
            print(f"\nThe demo ended with exit code {error.returncode}.", file=sys.stderr)
            return int(error.returncode)
        finally:
            subprocess.run([EKSGPU, "sandbox", "stop"], stdout=subprocess.DEVNULL, check=False)
    _summary(stages, time.monotonic() - began)
    return 0


def _stages(spec: str) -> list[tuple[str, Sequence[str], bool]]:
    """(title, arguments of eksgpu, whether AWS takes time over it)."""
    on = ("--sandbox",)
    return [
        (f"An AWS on this machine, {SPEED} times faster", ("sandbox", "start", "--speed", str(SPEED)), False),
        ("What would be made, what it costs, whether it can work", ("plan", spec, *on), False),
        ("Make the cluster", ("apply", spec, *on, "--yes"), True),
        ("Run vLLM on eight H100", ("workload", "apply", "vllm-h100", spec, *on, "--wait"), True),
        ("What lives now", ("status", spec, *on), False),
        ("Does it keep what the spec promises?", ("verify", spec, *on, "--no-smoke"), False),
        ("Nothing is left to do: exit code 0", ("plan", spec, *on, "--detailed-exitcode"), False),
        ("Take it all down, with the proof", ("destroy", spec, *on, "--yes"), True),
    ]


def _run(title: str, arguments: Sequence[str], events: Path, *, waits: bool) -> Stage:
    print(f"\n=== {title}\n$ eksgpu {' '.join(arguments)}\n", flush=True)
    events.unlink(missing_ok=True)
    told = ("--events", str(events)) if waits else ()
    began = time.monotonic()
    subprocess.run([EKSGPU, *arguments, *told], check=True)
    here = time.monotonic() - began
    return Stage(title, here, _by_events(events) or here * SPEED if waits else None)


def _by_events(events: Path) -> float:
    """When the last thing happened, in seconds of the sandbox's clock; 0 where nothing was told."""
    if not events.exists():
        return 0.0
    return max((json.loads(line)["at"] for line in events.read_text(encoding="utf-8").splitlines()), default=0.0)


def _summary(stages: Sequence[Stage], took: float) -> None:
    print(f"\n=== Done in {took:.0f} s: made, used, unchanged, gone.\n")
    width = max(len(stage.title) for stage in stages)
    print(f"  {'':{width}}   here   on AWS, by documented durations")
    for stage in stages:
        on_aws = f"about {max(1, round(stage.on_aws / 60))} min" if stage.on_aws is not None else ""
        print(f"  {stage.title:{width}} {stage.here:4.0f} s   {on_aws}".rstrip())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else DEFAULT))

"""The no-op plan: how many calls, how many of them one after the other, and how far it is from a bare script.

The bare script imports the same clients and makes the same calls on as many threads, all at once: no program that asks
the same questions with those clients could be much faster.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from bench.account import Account, account
from bench.child import alternate
from bench.recording import Recorder, longest_chain
from bench.table import Row
from eksgpu.ops.connect import Connector
from eksgpu.ops.plan import plan
from eksgpu.sandbox.options import Options

SPEED = 20.0  # of the apply that comes before; a plan waits for nothing
LATENCY = 2.0  # seconds a call, large against what all calls cost here, so that waves of calls stand apart
MOST_CALLS, DEEPEST, MOST_TIMES, MOST_MEMORY = 64, 4, 1.3, 150
BARE = Path(__file__).with_name("bare.py")


def measure(spec: Path, runs: int) -> Iterator[Row]:
    with account(speed=SPEED, options=Options(every_duration=0.0)) as made:
        made.eksgpu("apply", spec, "--yes")
        report = json.loads(made.eksgpu("plan", spec, "--detailed-exitcode").output)
        script = [sys.executable, str(BARE), str(_script(made, spec)), made.status.endpoint, str(Connector().threads)]
        ours, bare = alternate(
            runs, (made.command("plan", spec), made.environment), (script, {"PATH": made.environment["PATH"]})
        )
        yield Row("no-op plan: AWS calls", report["apiCalls"]["aws"], goal=MOST_CALLS)
        yield Row("no-op plan: Kubernetes calls", report["apiCalls"]["kubernetes"])
        yield from _depths(made, spec)
        yield Row("no-op plan / the same calls by a bare script", ours.wall, "s", bare.wall, MOST_TIMES, runs=runs)
        yield Row("no-op plan / the bare script: processor time", ours.cpu, "s", bare.cpu, runs=runs)
        yield Row("no-op plan: peak memory", ours.peak, "MB", goal=MOST_MEMORY, runs=runs)


def _script(made: Account, spec: Path) -> Path:
    """A file that tells the bare script what to ask."""
    recorder = _recorded(made, spec)
    aws = [one.what for one in recorder.aws]
    told = {
        "aws": aws,
        "kubernetes": [one.what for one in recorder.kubernetes],
        "cluster": next(parameters["name"] for _, name, _, parameters in aws if name == "DescribeCluster"),
        "authority": recorder.authority,
    }
    file = Path(made.environment["HOME"]) / "calls.json"
    file.write_text(json.dumps(told), encoding="utf-8")
    return file


def _depths(made: Account, spec: Path) -> Iterator[Row]:
    """How many calls waited for each other, when every call takes long."""
    made.slow_down(LATENCY)
    recorder = _recorded(made, spec)
    made.slow_down(0)
    for what, asked, goal in (
        ("AWS calls", recorder.aws, DEEPEST),
        ("calls", [*recorder.aws, *recorder.kubernetes], None),
    ):
        chain = longest_chain(asked)
        yield Row(f"no-op plan: {what} one after the other", len(chain), goal=goal, note=", then ".join(chain))


def _recorded(made: Account, spec: Path) -> Recorder:
    recorder = Recorder()
    plan(spec, made.options, connector=recorder.connector())
    return recorder

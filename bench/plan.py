"""The no-op plan: how many calls, how many of them one after the other, and how far it is from a bare script.

The bare script imports the same clients and makes the same calls on as many threads, all at once: no program that asks
the same questions could be much faster.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from bench.account import Account, account
from bench.child import alternate
from bench.table import Row
from eksgpu.ops.connect import Connector
from eksgpu.sandbox.options import Options

SPEED = 100.0  # of the apply that comes before; a plan waits for nothing
LATENCY = 1.0  # seconds a call, large against what a call costs here, so that waves of calls can be counted
MOST_CALLS, DEEPEST, MOST_TIMES, MOST_MEMORY = 64, 4, 1.3, 150
BARE = Path(__file__).with_name("bare.py")


def measure(spec: Path, runs: int) -> Iterator[Row]:
    with account(speed=SPEED, options=Options(every_duration=0.0)) as made:
        made.eksgpu("apply", spec, "--yes")
        before = len(made.calls())
        report = json.loads(made.eksgpu("plan", spec, "--detailed-exitcode").output)
        calls = made.calls()[before:]
        script = [
            sys.executable,
            str(BARE),
            str(_recorded(made, calls)),
            made.status.endpoint,
            str(Connector().threads),
        ]
        ours, bare = alternate(
            runs, (made.command("plan", spec), made.environment), (script, {"PATH": made.environment["PATH"]})
        )
        yield Row("no-op plan: AWS calls", report["apiCalls"]["aws"], goal=MOST_CALLS)
        yield Row("no-op plan: calls one after the other", _depth(made, spec), goal=DEEPEST)
        yield Row("no-op plan / the same calls by a bare script", ours.wall, "s", bare.wall, MOST_TIMES, runs=runs)
        yield Row("no-op plan / the bare script: processor time", ours.cpu, "s", bare.cpu, runs=runs)
        yield Row("no-op plan: peak memory", ours.peak, "MB", goal=MOST_MEMORY, runs=runs)


def _recorded(made: Account, calls: list[dict[str, object]]) -> Path:
    file = Path(made.environment["HOME"]) / "calls.json"
    wanted = [[call["service"], call["operation"], call["region"], call["params"]] for call in calls]
    file.write_text(json.dumps(wanted), encoding="utf-8")
    return file


def _depth(made: Account, spec: Path) -> float:
    """How much longer it takes when every call does, in units of a call; the quickest runs, which nothing disturbed."""
    quick = min(made.eksgpu("plan", spec).wall for _ in range(3))
    made.slow_down(LATENCY)
    slow = min(made.eksgpu("plan", spec).wall for _ in range(3))
    made.slow_down(0)
    return (slow - quick) / LATENCY

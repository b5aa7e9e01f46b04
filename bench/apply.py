"""Apply and destroy, in real time, against the longest chain of steps that the graph itself implies.

80 ms a call; a cluster takes 60 s, a node group 30 s, an add-on 10 s, to make and to delete; a chart takes what Helm
needed for it in this very run (`--wait`: until its pods are ready); nothing else takes time.
Start-up and planning are left out: an event says when since the run began.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from bench.account import Account, account
from bench.table import Row
from eksgpu.aws import KEPT, KINDS
from eksgpu.catalog.durations import load_durations
from eksgpu.engine.events import Happened
from eksgpu.engine.graph import Graph
from eksgpu.engine.plan import make_plan
from eksgpu.engine.schedule import Needs, schedule
from eksgpu.kube.helm import HelmRelease
from eksgpu.ops.discover import discover
from eksgpu.ops.expected import longest_chain
from eksgpu.ops.prepare import BY_NAME, prepare
from eksgpu.sandbox.options import Options
from eksgpu.spec.load import load_placed

SECONDS = {"cluster": 60.0, "nodegroup": 30.0, "addon": 10.0}
KIND_SECONDS = {"eks_cluster": 60.0, "eks_node_group": 30.0, "eks_addon": 10.0}
LATENCY = 0.08
APPLY_GOAL, DESTROY_GOAL, MOST_CALLS = 1.07, 1.10, 230


@dataclass(frozen=True)
class Run:
    """One apply or destroy: seconds of carrying it out, of its critical path, and AWS calls (the plan's included)."""

    seconds: float
    critical: float
    calls: int


def measure(spec: Path, runs: int) -> Iterator[Row]:
    pairs = [_pair(spec) for _ in range(runs)]
    yield from _rows("apply", [made for made, _ in pairs], APPLY_GOAL, MOST_CALLS)
    yield from _rows("destroy", [gone for _, gone in pairs], DESTROY_GOAL, None)


def _rows(verb: str, runs: list[Run], goal: float, most_calls: int | None) -> Iterator[Row]:
    seconds = median(run.seconds for run in runs)
    critical = median(run.critical for run in runs)
    yield Row(f"{verb} / its critical path", seconds, "s", critical, goal, runs=len(runs))
    yield Row(f"{verb}: AWS calls", median(run.calls for run in runs), goal=most_calls, runs=len(runs))


def _pair(spec: Path) -> tuple[Run, Run]:
    options = Options(latency=LATENCY, every_duration=0.0, durations=_durations())
    with account(speed=1.0, options=options) as made:
        creating = _needs_of_apply(made, spec)
        created = _run(made, "apply", spec, creating)
        return created, _run(made, "destroy", spec, _needs_of_destroy(made, spec))


def _durations() -> dict[str, float]:
    """Seconds for making and deleting, by the keys of the catalogue (an add-on may have one of its own)."""
    ends = (":create", ":delete")
    return {
        key: SECONDS[key.split(":")[1]]
        for key in load_durations()
        if key.startswith("eks:") and key.endswith(ends) and key.split(":")[1] in SECONDS
    }


def _needs_of_apply(made: Account, spec: Path) -> Needs:
    with made.connection(spec) as connection:
        return prepare(*load_placed(spec), connection).needs


def _needs_of_destroy(made: Account, spec: Path) -> Needs:
    nothing = Graph(())
    with made.connection(spec) as connection:
        lives = [live for live in discover(connection.run, KINDS, None) if live.kind not in KEPT]
    return schedule(nothing, make_plan(nothing, lives), BY_NAME)


def _run(made: Account, verb: str, spec: Path, needs: Needs) -> Run:
    file = Path(made.environment["HOME"]) / f"{verb}.jsonl"
    report = json.loads(made.eksgpu(verb, spec, "--yes", "--events", str(file)).output)
    events = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    # Keys are "make KIND/NAME" and "remove KIND/NAME ID".
    least = {key: _least(key.split(" ")[1], events) for key in needs}
    return Run(max(event["at"] for event in events), longest_chain(needs, least)[0], report["apiCalls"]["aws"])


def _least(identity: str, events: list[dict[str, Any]]) -> float:
    """Seconds that a step takes at least; one that waits for nothing takes a call."""
    kind, name = identity.split("/", 1)
    if kind != HelmRelease.kind:
        return KIND_SECONDS.get(kind, 0.0) + LATENCY
    done = (one for one in events if (one["happened"], one["kind"], one["name"]) == (Happened.DONE, kind, name))
    return max((float(event["elapsed"]) for event in done), default=LATENCY)

"""What the verbs give back: plain records that a terminal view or `--output json` shows. The JSON here is stable."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from eksgpu.blueprint.cost import Cost
from eksgpu.blueprint.pool_limits import PoolLimit
from eksgpu.blueprint.tuning import TuningTable
from eksgpu.checks.finding import Finding, errors
from eksgpu.engine.diff import FieldDiff
from eksgpu.engine.plan import Change, Plan
from eksgpu.engine.refs import has_unknown

from .gpu_figures import GpuFigures
from .nodes import NodesReport


@dataclass(frozen=True)
class Caller:
    """Who works where: plan, apply and destroy open with it. `sandbox` says that nothing here is real."""

    account: str
    arn: str
    region: str
    cluster: str
    profile: str = ""
    sandbox: bool = False

    def as_json(self) -> dict[str, Any]:
        """What every report opens with."""
        return {"cluster": self.cluster, "account": self.account, "region": self.region}


@dataclass(frozen=True)
class Calls:
    """API calls made, retries included."""

    aws: int
    kubernetes: int = 0

    def as_json(self) -> dict[str, int]:
        return {"aws": self.aws, "kubernetes": self.kubernetes}


@dataclass(frozen=True)
class PlanReport:
    """A plan with what a person wants to know before saying yes.

    expected_seconds: how long AWS will need by documented durations, along `slowest` (identity, seconds).
    notes:            remarks that are no findings (versions to accept, support phases).
    limits:           how far each pool of nodes may grow.
    tuning:           how nodes pull images, and why so.
    """

    caller: Caller
    plan: Plan
    cost: Cost
    findings: tuple[Finding, ...]
    expected_seconds: float
    slowest: tuple[tuple[str, float], ...]
    calls: Calls
    seconds: float
    limits: tuple[PoolLimit, ...]
    tuning: TuningTable
    notes: tuple[str, ...] = ()

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings that stop an apply."""
        return errors(self.findings)

    def as_json(self) -> dict[str, Any]:
        return {
            **self.caller.as_json(),
            "summary": self.plan.summary(),
            "changes": [change_json(change) for change in self.plan.changes if change.action != "no-op" or change.old],
            "refusals": list(self.plan.refusals),
            "cost": self.cost.as_json(),
            "poolLimits": [limit.as_json() for limit in self.limits],
            "imagePull": self.tuning.as_json(),
            "expectedSeconds": round(self.expected_seconds),
            "findings": [finding.as_json() for finding in self.findings],
            "notes": list(self.notes),
            "apiCalls": self.calls.as_json(),
            "seconds": round(self.seconds, 3),
        }


@dataclass(frozen=True)
class ApplyReport:
    """A plan that was carried out. `outputs` are those of `status --raw NAME`."""

    planned: PlanReport
    critical_path_seconds: float
    calls: Calls
    seconds: float
    outputs: Mapping[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return self.planned.as_json() | {
            "criticalPathSeconds": round(self.critical_path_seconds, 3),
            "apiCalls": self.calls.as_json(),
            "seconds": round(self.seconds, 3),
            "outputs": dict(self.outputs),
        }


@dataclass(frozen=True)
class Left:
    """Something that destroy could not or must not remove, and what it costs a day."""

    kind: str
    id: str
    why: str
    usd_per_day: float

    def as_json(self) -> dict[str, Any]:
        return {"kind": self.kind, "id": self.id, "why": self.why, "usdPerDay": round(self.usd_per_day, 2)}


@dataclass(frozen=True)
class Scheduled:
    """Something that goes by itself later: a key pending deletion. `deletes_at` is an ISO time in UTC."""

    kind: str
    id: str
    deletes_at: str

    def as_json(self) -> dict[str, str]:
        return {"kind": self.kind, "id": self.id, "deletesAt": self.deletes_at}


@dataclass(frozen=True)
class DestroyReport:
    """The proof: what was deleted, and what the account still holds of this cluster after looking again everywhere."""

    caller: Caller
    deleted: tuple[tuple[str, str, str], ...]  # (kind, name, id)
    left: tuple[Left, ...]
    scheduled: tuple[Scheduled, ...]
    calls: Calls
    seconds: float
    looked_at: tuple[str, ...] = ()  # the kinds that were searched for leftovers

    def as_json(self) -> dict[str, Any]:
        return {
            **self.caller.as_json(),
            "deleted": [{"kind": kind, "name": name, "id": id_} for kind, name, id_ in self.deleted],
            "left": [left.as_json() for left in self.left],
            "scheduled": [scheduled.as_json() for scheduled in self.scheduled],
            "apiCalls": self.calls.as_json(),
            "seconds": round(self.seconds, 3),
        }


@dataclass(frozen=True)
class StatusReport:
    """What lives now: counts by kind, node groups, outputs, and the price of it.

    resources: (kind, how many, states such as "4 ready" or "1 pending").
    groups:    (name, instance types, capacity, desired nodes, state, USD per hour).
    nodes:     None where the cluster's API was not asked, or did not answer.
    gpus:      how busy they are; None where DCGM's exporter is not in the cluster.
    """

    caller: Caller
    exists: bool
    resources: tuple[tuple[str, int, str], ...]
    groups: tuple[tuple[str, str, str, int, str, float], ...]
    outputs: Mapping[str, str]
    cost: Cost
    calls: Calls
    seconds: float
    notes: tuple[str, ...] = ()
    nodes: NodesReport | None = None
    gpus: GpuFigures | None = None

    def as_json(self) -> dict[str, Any]:
        keys = ("name", "instanceTypes", "capacity", "desired", "state", "usdPerHour")
        return {
            **self.caller.as_json(),
            "exists": self.exists,
            "resources": [{"kind": kind, "count": count, "state": state} for kind, count, state in self.resources],
            "nodeGroups": [dict(zip(keys, group, strict=True)) for group in self.groups],
            "kubernetes": self.nodes.as_json() if self.nodes is not None else None,
            "gpuFigures": self.gpus.as_json() if self.gpus is not None else None,
            "outputs": dict(self.outputs),
            "cost": self.cost.as_json(),
            "notes": list(self.notes),
            "apiCalls": self.calls.as_json(),
            "seconds": round(self.seconds, 3),
        }


def change_json(change: Change) -> dict[str, Any]:
    """One change of a plan: `{action, kind, name, fields: {field: [live, desired]}, effect, touches}`."""
    return {
        "action": str(change.action),
        "kind": change.kind,
        "name": change.name,
        "fields": {name: [plain(item.live), desired(item)] for name, item in change.fields.items()},
        "effect": str(change.effect) if change.effect else None,
        "why": change.why,
        "touches": {"nodes": change.disrupts, "pods": change.disrupts},
        "removes": [live.id for live in change.old],
    }


def desired(item: FieldDiff) -> Any:
    """The wanted value as JSON; "(known after apply)" where it depends on something not made yet."""
    return "(known after apply)" if has_unknown(item.desired) else plain(item.desired)


def plain(tree: Any) -> Any:
    """A tree of JSON types only, the same every time."""
    match tree:
        case Mapping():
            return {str(key): plain(value) for key, value in tree.items()}
        case set() | frozenset():
            return sorted((plain(value) for value in tree), key=repr)
        case list() | tuple():
            return [plain(value) for value in tree]
        case str() | int() | float() | bool() | None:
            return tree
        case _:
            return str(tree)

"""Hand-built reports that the view tests show: a first apply, and a plan with every sort of change."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from eksgpu.blueprint.cost import Cost, CostItem
from eksgpu.blueprint.tuning import TuningTable
from eksgpu.checks.finding import Finding, Severity
from eksgpu.engine.diff import FieldDiff
from eksgpu.engine.plan import Action, Change, Plan
from eksgpu.engine.refs import Chosen, Ref, Unknown
from eksgpu.engine.resource import Effect, Live, OnChange, Resource
from eksgpu.ops.report import Caller, Calls, PlanReport

CALLER = Caller("111122223333", "arn:aws:iam::111122223333:user/ada", "us-west-2", "demo", profile="dev")

COST = Cost(
    (
        CostItem("EKS control plane", 1, 0.10, True, "catalogue 2026-08"),
        CostItem("NAT gateway", 1, 0.045, True, "pricing API", "us-west-2a"),
        CostItem("pool p5-gpu-h100", 2, 60.0, False, "pricing API", "p5.48xlarge, spot"),
    )
)

QUOTA = Finding(
    "vcpu-quota",
    Severity.ERROR,
    "spec.nodePools[p5-gpu-h100]",
    "one p5.48xlarge needs 192 vCPUs of the Spot P quota, and this account has 0.",
    "ask for L-7212CCBC at least 192",
)
OPEN = Finding("public-endpoint", Severity.WARNING, "spec.endpointAccess", "the whole internet may knock.", "")


@dataclass(frozen=True)
class Box(Resource):
    """A kind for tests."""

    kind: ClassVar[str] = "box"
    permissions: ClassVar[frozenset[str]] = frozenset()
    changes: ClassVar[Mapping[str, OnChange]] = {"version": OnChange(), "size": OnChange()}

    version: Any = None
    size: Any = None


def change(action: Action, name: str, *, kind: str = "box", **more: Any) -> Change:
    """A change of a box."""
    resource = None if action is Action.DELETE else Box(name)
    return Change(action, kind, name, **({"resource": resource} | more))


def field(live: Any, desired: Any, on: OnChange | None = None) -> FieldDiff:
    """One differing field."""
    return FieldDiff(live, desired, on or OnChange())


EVERY_ACTION = (
    change(Action.CREATE, "new", resource=Box("new", version=Chosen("1.35"))),
    change(Action.CREATE, "newer"),
    change(Action.CREATE, "main", kind="crate"),
    change(
        Action.UPDATE,
        "tagged",
        fields={"tags": field({"team": "a", "same": "x"}, {"team": "b", "same": "x"})},
        effect=Effect.IN_PLACE,
    ),
    change(
        Action.REPLACE,
        "moved",
        live=Live("box", "moved", "box-1"),
        fields={"size": field(1, Unknown(Ref("crate/main")), OnChange(Effect.RECREATE, "a box keeps its size"))},
        effect=Effect.RECREATE,
        why="a box keeps its size",
        old=(Live("box", "moved", "box-1"),),
    ),
    change(
        Action.REPLACE,
        "nodes",
        fields={
            "types": field(["m5.large"], ["m6i.large"], OnChange(Effect.REPLACE, "types are fixed", disrupts=True))
        },
        effect=Effect.REPLACE,
        why="types are fixed",
        old=(Live("box", "nodes", "box-2"),),
    ),
    change(Action.DELETE, "old", old=(Live("box", "old", "box-3"),)),
    change(Action.NO_OP, "twice", old=(Live("box", "twice", "box-4"),), notes=("version: 2 is available (lives: 1)",)),
)


def report(*changes: Change, refusals: tuple[str, ...] = (), findings: tuple[Finding, ...] = ()) -> PlanReport:
    """A plan report around these changes."""
    return PlanReport(
        caller=CALLER,
        plan=Plan(changes, refusals),
        cost=COST,
        findings=findings,
        expected_seconds=790.0,
        slowest=(("eks_cluster/cluster", 540.0), ("node_group/system", 130.0), ("vpc/main", 0.0)),
        calls=Calls(61),
        seconds=0.8,
        limits=(),
        tuning=TuningTable((), (), ()),
        notes=("1.35 is in standard support until 2027-03-27",),
    )

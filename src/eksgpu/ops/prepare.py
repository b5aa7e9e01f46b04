"""What plan and apply share: discover and probe side by side, build, compare, check, price."""

from collections.abc import Sequence
from dataclasses import dataclass

from eksgpu.aws import KEPT, KINDS
from eksgpu.aws.byproducts import BYPRODUCTS
from eksgpu.aws.holders import PERMISSIONS as HOLDERS
from eksgpu.aws.lock_store import PERMISSIONS as LOCK
from eksgpu.aws.permissions import actions
from eksgpu.blueprint.ask import ask
from eksgpu.blueprint.bill import bill
from eksgpu.blueprint.build import build
from eksgpu.blueprint.zones import new_zones
from eksgpu.checks.context import CheckContext
from eksgpu.checks.finding import Finding
from eksgpu.checks.registry import permissions as check_permissions
from eksgpu.checks.registry import run_checks
from eksgpu.engine.graph import Graph
from eksgpu.engine.plan import Plan, make_plan
from eksgpu.engine.resource import Deletable, Live
from eksgpu.engine.schedule import Needs, schedule
from eksgpu.facts.model import Facts
from eksgpu.facts.probe import PERMISSIONS as PROBE
from eksgpu.facts.probe import probe
from eksgpu.spec.models import GpuCluster

from .connect import Connection
from .discover import discover
from .expected import expected, longest_chain
from .report import PlanReport

BY_NAME: dict[str, type[Deletable]] = {kind.kind: kind for kind in (*KINDS, *BYPRODUCTS)}
VERSIONED = ("eks_cluster", "eks_node_group")  # Kubernetes' own version, not that of an add-on
ACCEPTED_FIELDS = {"versions": ("version",), "amis": ("release_version", "image"), "zones": ()}


@dataclass(frozen=True)
class Prepared:
    """A plan with everything that is needed to carry it out."""

    spec: GpuCluster
    facts: Facts
    graph: Graph
    lives: tuple[Live, ...]
    plan: Plan
    needs: Needs
    expected: dict[str, float]
    report: PlanReport


def prepare(
    spec: GpuCluster,
    connection: Connection,
    *,
    skip_checks: frozenset[str] = frozenset(),
    accept: frozenset[str] = frozenset(),
    replace: Sequence[str] = (),
) -> Prepared:
    """Read everything once and compare. Changes nothing.

    Raises EksgpuError for a spec that cannot be built here, UsageError for an identity in `replace` that is not there.
    """
    run = connection.run
    question = ask(spec, needed_actions(), upgrade="versions" in accept)
    if connection.pool is None:
        lives, facts = discover(run, KINDS, None), probe(run, question, None)
    else:
        found = connection.pool.submit(discover, run, KINDS, connection.pool)
        facts = probe(run, question, connection.pool)
        lives = found.result()
    live_zones = {live.outputs["zone"] for live in lives if live.kind == "subnet"}
    graph = build(
        spec,
        facts,
        account=run.account,
        caller=run.caller,
        live_zones=set() if "zones" in accept else live_zones,
        live_versions={live.fields["version"] for live in lives if live.kind in VERSIONED},
    )
    plan = make_plan(graph, lives, replace=_known(replace, graph), accept=_fields(accept, graph), kept=KEPT)
    context = CheckContext(spec=spec, facts=facts, graph=graph, plan=plan, run=run)
    findings = run_checks(context, "preflight", skip=skip_checks, pool=connection.pool)
    needs = schedule(graph, plan, BY_NAME)
    seconds = expected(plan, BY_NAME)
    notes = _notes(spec, facts, plan, live_zones if "zones" not in accept else set())
    report = _report(connection, spec, facts, plan, findings, needs, seconds, notes)
    return Prepared(spec, facts, graph, tuple(lives), plan, needs, seconds, report)


def needed_actions() -> tuple[str, ...]:
    """Every IAM action that a whole life of a cluster takes: kinds, by-products, lock, facts and checks."""
    own = frozenset(actions((*KINDS, *BYPRODUCTS)))
    return tuple(sorted(own | LOCK | HOLDERS | PROBE | check_permissions()))


def _report(
    connection: Connection,
    spec: GpuCluster,
    facts: Facts,
    plan: Plan,
    findings: tuple[Finding, ...],
    needs: Needs,
    seconds: dict[str, float],
    notes: tuple[str, ...],
) -> PlanReport:
    total, slowest = longest_chain(needs, seconds)
    return PlanReport(
        caller=connection.caller,
        plan=plan,
        cost=bill(spec, facts),
        findings=findings,
        expected_seconds=total,
        slowest=slowest,
        calls=connection.calls(),
        seconds=connection.seconds(),
        notes=notes,
    )


def _known(replace: Sequence[str], graph: Graph) -> Sequence[str]:
    from difflib import get_close_matches

    from eksgpu.errors import UsageError

    for identity in replace:
        if identity not in graph.resources:
            near = get_close_matches(identity, graph.resources, 1)
            hint = f"did you mean {near[0]}?" if near else "`eksgpu plan --output json` lists what there is"
            raise UsageError(f"--replace {identity}: the spec wants no such object", hint=hint)
    return replace


def _fields(accept: frozenset[str], graph: Graph) -> frozenset[str]:
    names = [name for word in accept for name in ACCEPTED_FIELDS.get(word, ())]
    return frozenset(f"{identity}.{name}" for identity in graph.resources for name in names)


def _notes(spec: GpuCluster, facts: Facts, plan: Plan, live_zones: set[str]) -> tuple[str, ...]:
    zones = tuple(
        f"zone {zone} is not used yet; take it with --accept zones" for zone in new_zones(spec, facts, live_zones)
    )
    chosen = tuple(f"{change.identity}: {note}" for change in plan.changes for note in change.notes)
    return (*facts.notes, *chosen, *zones)

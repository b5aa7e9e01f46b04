"""What plan and apply share: discover and probe side by side, build, compare, check, price."""

from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import replace as replaced

from eksgpu.aws import KINDS
from eksgpu.aws.byproducts import BYPRODUCTS
from eksgpu.aws.holders import PERMISSIONS as HOLDERS
from eksgpu.aws.lock_store import PERMISSIONS as LOCK
from eksgpu.aws.permissions import actions
from eksgpu.blueprint.ask import ask
from eksgpu.blueprint.bill import bill
from eksgpu.blueprint.build import build
from eksgpu.blueprint.pool_limits import pool_limits
from eksgpu.blueprint.tuning import tuning_table
from eksgpu.blueprint.zones import new_zones
from eksgpu.checks.context import CheckContext
from eksgpu.checks.finding import Finding
from eksgpu.checks.registry import permissions as check_permissions
from eksgpu.checks.registry import run_checks
from eksgpu.engine.graph import Graph
from eksgpu.engine.plan import Plan
from eksgpu.engine.resource import Deletable, Live
from eksgpu.engine.schedule import Needs, schedule
from eksgpu.facts.model import Facts
from eksgpu.facts.probe import PERMISSIONS as PROBE
from eksgpu.facts.probe import probe
from eksgpu.kube import KINDS as INSIDE
from eksgpu.kube import LEFTOVERS
from eksgpu.spec.models import GpuCluster
from eksgpu.spec.places import Places

from .compare import compared, let_in, taking_over
from .connect import Connection
from .discover import Within, discover_outside, look_inside
from .expected import expected, longest_chain
from .report import PlanReport

BY_NAME: dict[str, type[Deletable]] = {kind.kind: kind for kind in (*KINDS, *BYPRODUCTS, *INSIDE, *LEFTOVERS)}
VERSIONED = ("eks_cluster", "eks_node_group")  # Kubernetes' own version, not that of an add-on


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
    places: Places,
    connection: Connection,
    *,
    skip_checks: frozenset[str] = frozenset(),
    accept: frozenset[str] = frozenset(),
    replace: Sequence[str] = (),
) -> Prepared:
    """Read everything once and compare. Changes nothing.

    places: where the spec was written, for what checks find in it.

    Raises EksgpuError for a spec that cannot be built here, UsageError for an identity in `replace` that is not there.
    """
    run = connection.run
    question = ask(spec, needed_actions(), upgrade="versions" in accept)
    if connection.pool is None:
        (lives, within), facts = _discover(connection), probe(run, question, None, connection.access)
    else:
        found = connection.pool.submit(_discover, connection)
        facts = probe(run, question, connection.pool, connection.access)
        lives, within = found.result()
    live_zones = {live.outputs["zone"] for live in lives if live.kind == "subnet"}
    graph = build(
        spec,
        facts,
        account=run.account,
        caller=run.caller,
        live_zones=set() if "zones" in accept else live_zones,
        live_versions={live.fields["version"] for live in lives if live.kind in VERSIONED},
    )
    if "conflicts" in accept:
        graph = taking_over(graph)
    remade = _known(replace, graph)
    known = (*lives, *let_in(connection, within, graph, lives))
    plan, compared_lives = compared(connection, graph, known, accept=accept, remade=remade)
    stands_in = connection.access.helm_stands_in
    context = CheckContext(spec=spec, facts=facts, graph=graph, plan=plan, run=run, helm_stands_in=stands_in)
    findings = tuple(
        replaced(finding, at=places.of(finding.where))
        for finding in run_checks(context, "preflight", skip=skip_checks, pool=connection.pool)
    )
    needs = schedule(graph, plan, BY_NAME)
    seconds = expected(plan, BY_NAME)
    zones = live_zones if "zones" not in accept else set()
    notes = _notes(spec, facts, plan, zones)
    if within.refused is not None:
        notes += (f"nothing in the cluster was compared: {within.refused.message}",)
    report = _report(connection, spec, facts, plan, findings, needs, seconds, notes)
    return Prepared(spec, facts, graph, compared_lives, plan, needs, seconds, report)


def _discover(connection: Connection) -> tuple[list[Live], Within]:
    outside = discover_outside(connection, KINDS, known=True)
    within = look_inside(connection, INSIDE)
    return outside(), within


def needed_actions() -> tuple[str, ...]:
    """Every IAM action that a whole life of a cluster takes: kinds, by-products, lock, facts and checks."""
    own = frozenset(actions((*KINDS, *BYPRODUCTS, *INSIDE, *LEFTOVERS)))
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
        limits=pool_limits(spec),
        tuning=tuning_table(spec),
        notes=notes,
    )


def _known(replace: Sequence[str], graph: Graph) -> Sequence[str]:
    from difflib import get_close_matches

    from eksgpu.errors import UsageError

    for identity in replace:
        if identity not in graph.resources:
            near = get_close_matches(identity, graph.resources, 1)
            hint = f"did you mean {near[0]}?" if near else f"write KIND/NAME, such as {next(iter(graph.resources))}"
            raise UsageError(f"--replace {identity}: the spec wants no such object", hint=hint)
    return replace


def _notes(spec: GpuCluster, facts: Facts, plan: Plan, live_zones: set[str]) -> tuple[str, ...]:
    zones = tuple(
        f"zone {zone} is not used yet; take it with --accept zones" for zone in new_zones(spec, facts, live_zones)
    )
    about: dict[str, list[str]] = {}
    for change in plan.changes:
        for note in change.notes:
            about.setdefault(note, []).append(change.identity)
    return (*facts.notes, *(f"{_named(identities)}: {note}" for note, identities in about.items()), *zones)


def _named(identities: Sequence[str]) -> str:
    first, *others = identities
    return f"{first} and {len(others)} more" if others else first

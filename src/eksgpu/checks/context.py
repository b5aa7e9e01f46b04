"""What a check may look at. Preflight: spec, facts, wanted objects, plan, and a run for reads of its own. Verify: the
spec and what lives in the cluster.
"""

from dataclasses import dataclass
from datetime import date

from eksgpu.aws.run import AwsRun
from eksgpu.engine.graph import Graph
from eksgpu.engine.plan import Action, Plan
from eksgpu.engine.resource import Live, Resource
from eksgpu.facts.model import Facts
from eksgpu.spec.models import GpuCluster

from .live_cluster import LiveCluster


@dataclass(frozen=True)
class CheckContext:
    """The same for every check of preflight.

    plan:           None where nothing was compared with what lives: then all is new.
    helm_stands_in: something else does the helm program's work (the sandbox).
    """

    spec: GpuCluster
    facts: Facts
    graph: Graph
    run: AwsRun
    plan: Plan | None = None
    helm_stands_in: bool = False

    @property
    def today(self) -> date:
        """The run's day, UTC."""
        return self.run.clock.now().date()

    def changing(self, kind: str) -> bool:
        """Whether any object of a kind is made, changed or deleted."""
        if self.plan is None:
            return bool(self.new(kind))
        return any(change.kind == kind and change.action is not Action.NO_OP for change in self.plan.changes)

    def new(self, kind: str) -> tuple[Resource, ...]:
        """The wanted objects of a kind that do not live yet."""
        wanted = tuple(resource for resource in self.graph if resource.kind == kind)
        if self.plan is None:
            return wanted
        created = {change.identity for change in self.plan.changes if change.action is Action.CREATE}
        return tuple(resource for resource in wanted if resource.identity in created)


@dataclass(frozen=True)
class Smoke:
    """How the GPU smoke pod of one pool or node group ended.

    state: `done`, `failed`, or `waiting` when the time was up; `why` says what went wrong or what it waits for.
    log:   what it printed.
    """

    pool: str
    state: str
    why: str = ""
    node: str = ""
    seconds: float = 0.0
    log: str = ""


@dataclass(frozen=True)
class VerifyContext:
    """The same for every check of verify. `smokes` is empty where no smoke pod was run.

    lives: node groups and launch templates, where any check needs them: with GPUs that are shared.
    """

    spec: GpuCluster
    cluster: LiveCluster
    smokes: tuple[Smoke, ...] = ()
    lives: tuple[Live, ...] = ()

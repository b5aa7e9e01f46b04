"""What a check may look at: the spec, the facts, the wanted objects, the plan, and a run for reads of its own."""

from dataclasses import dataclass
from datetime import date

from eksgpu.aws.run import AwsRun
from eksgpu.engine.graph import Graph
from eksgpu.engine.plan import Action, Plan
from eksgpu.engine.resource import Resource
from eksgpu.facts.model import Facts
from eksgpu.spec.models import GpuCluster


@dataclass(frozen=True)
class CheckContext:
    """The same for every check. `plan` is None where nothing was compared with what lives: all counts as new then."""

    spec: GpuCluster
    facts: Facts
    graph: Graph
    run: AwsRun
    plan: Plan | None = None

    @property
    def today(self) -> date:
        """The run's day, UTC."""
        return self.run.clock.now().date()

    def new(self, kind: str) -> tuple[Resource, ...]:
        """The wanted objects of a kind that do not live yet."""
        wanted = tuple(resource for resource in self.graph if resource.kind == kind)
        if self.plan is None:
            return wanted
        created = {change.identity for change in self.plan.changes if change.action is Action.CREATE}
        return tuple(resource for resource in wanted if resource.identity in created)

"""A fake account with a run on it, in this process and on a stepped clock: the same calls in the same order, twice."""

from collections.abc import Iterable, Sequence
from typing import Any

from eksgpu.aws import KEPT, KINDS
from eksgpu.aws.byproducts import BYPRODUCTS
from eksgpu.aws.run import AwsRun
from eksgpu.engine.clock import SteppedClock
from eksgpu.engine.execute import Inline, Outcome, execute
from eksgpu.engine.graph import Graph
from eksgpu.engine.mark import Mark
from eksgpu.engine.plan import Plan, make_plan
from eksgpu.engine.resource import Live, Resource
from eksgpu.ops.discover import discover
from eksgpu.sandbox.durations import Durations
from eksgpu.sandbox.world import World

from .wire import clients

QUICK = 2.0  # seconds that everything takes in AWS: seen pending once
BY_NAME = {kind.kind: kind for kind in (*KINDS, *BYPRODUCTS)}


class Rig:
    """One World and one AwsRun; `apply` and `destroy` drive the engine inline."""

    def __init__(
        self, *, cluster: str = "demo", region: str = "us-west-2", world: World | None = None, **world_options: Any
    ) -> None:
        world_options.setdefault("durations", Durations(all=QUICK))
        self.world = world or World(clock=SteppedClock(), **world_options)
        self.clock = self.world.clock
        self.region = region
        self.cluster = cluster
        self.run = self.connect()

    def connect(self) -> AwsRun:
        """A fresh run with fresh clients, as a new process would have."""
        aws = clients(self.world, self.region)
        mark = Mark(self.world.account, self.region, self.cluster)
        return AwsRun(
            mark=mark, clock=self.clock, aws=aws, caller=self.world.caller_arn, started=self.clock.now().isoformat()
        )

    def lives(self) -> list[Live]:
        """Everything of ours, found anew."""
        return discover(self.run, KINDS, None)

    def reconnect(self) -> None:
        """Go on with what a new process has: nothing but the account."""
        self.run = self.connect()

    def plan(self, graph: Graph | Iterable[Resource], lives: Iterable[Live] | None = None, **how: Any) -> Plan:
        """lives: what was found just now, when that is known."""
        return make_plan(_graph(graph), self.lives() if lives is None else lives, kept=KEPT, **how)

    def apply(self, graph: Graph | Iterable[Resource], **how: Any) -> Outcome:
        graph = _graph(graph)
        return self.carry_out(graph, self.plan(graph, **how))

    def carry_out(self, graph: Graph | Iterable[Resource], plan: Plan) -> Outcome:
        """Do what was planned for this graph."""
        assert not plan.refusals, plan.refusals
        return execute(self.run, _graph(graph), plan, BY_NAME, workers=Inline())

    def destroy(self) -> Outcome:
        return self.apply(Graph(()))

    def calls_since(self, number: int) -> Sequence[Any]:
        return list(self.world.log)[number:]


def _graph(resources: Graph | Iterable[Resource]) -> Graph:
    """Without what is in the cluster, which this run has no way into; nothing of AWS waits for any of it."""
    return Graph(resource for resource in resources if resource.kind in BY_NAME)

"""A rig for both halves: what `Rig` does for AWS, in the cluster too."""

from collections.abc import Iterable
from typing import Any

from eksgpu.aws import KEPT, KINDS
from eksgpu.aws.byproducts import BYPRODUCTS
from eksgpu.engine.execute import Inline, Outcome, execute
from eksgpu.engine.graph import Graph
from eksgpu.engine.plan import Plan, make_plan
from eksgpu.engine.resource import Deletable, Live, Resource
from eksgpu.kube import KINDS as INSIDE
from eksgpu.kube import LEFTOVERS
from eksgpu.ops.cluster_access import ClusterAccess, Doors
from eksgpu.ops.cluster_run import ClusterRun
from eksgpu.ops.compare import compared, let_in
from eksgpu.ops.connect import Connection, Connector
from eksgpu.ops.destroy import SWEEP_AFTER
from eksgpu.ops.discover import Within, discover, discover_outside, look_inside
from eksgpu.ops.options import Options
from eksgpu.ops.prepare import BY_NAME
from eksgpu.ops.report import Caller
from eksgpu.sandbox.clusters.control_planes import ControlPlanes
from eksgpu.sandbox.helm.stand_in import StandIn
from eksgpu.sandbox.inprocess import kubernetes_wire
from eksgpu.sandbox.kubernetes.api import Api

from . import wire
from .rig import Rig


class BothRig(Rig):
    """One World and a run that leads into its cluster."""

    run: ClusterRun

    def connect(self) -> ClusterRun:
        doors = Doors(kubernetes_wire(self.world), lambda api: StandIn(api, sleep=self.clock.sleep))
        connector = Connector(lambda *_: wire.session(self.world), self.clock, threads=0, doors=doors)
        return connector.connect(Options(), cluster=self.cluster, region=self.region).run

    @property
    def connection(self) -> Connection:
        access = self.run.kube
        assert isinstance(access, ClusterAccess)
        caller = Caller(self.world.account, self.world.caller_arn, self.region, self.cluster)
        return Connection(self.run, caller, access, workers=Inline())

    @property
    def api(self) -> Api:
        """The cluster's API, as the sandbox has it."""
        found = self.world.state(ControlPlanes, self.region).api(self.cluster)
        assert found is not None
        return found

    def lives(self, *, all_kinds: bool = False) -> list[Live]:
        """all_kinds: also what destroy alone looks for."""
        lives, within = self._found((*INSIDE, *LEFTOVERS) if all_kinds else INSIDE)
        made = discover(self.run, BYPRODUCTS, None) if all_kinds else []
        return [*lives, *within.found, *made]

    def plan(self, graph: Graph | Iterable[Resource], lives: Iterable[Live] | None = None, **how: Any) -> Plan:
        assert lives is None  # what is in the cluster has to be asked for
        graph = graph if isinstance(graph, Graph) else Graph(graph)
        accept, remade = how.get("accept", frozenset()), how.get("replace", ())
        outside, within = self._found(INSIDE)
        known = [*outside, *let_in(self.connection, within, graph, outside)]
        return compared(self.connection, graph, known, accept=accept, remade=remade)[0]

    def carry_out(self, graph: Graph | Iterable[Resource], plan: Plan) -> Outcome:
        assert not plan.refusals, plan.refusals
        graph = graph if isinstance(graph, Graph) else Graph(graph)
        return execute(self.run, graph, plan, BY_NAME, workers=Inline())

    def apply(self, graph: Graph | Iterable[Resource], **how: Any) -> Outcome:
        graph = graph if isinstance(graph, Graph) else Graph(graph)
        return self.carry_out(graph, self.plan(graph, **how))

    def _found(self, inside: Iterable[type[Deletable]]) -> tuple[list[Live], Within]:
        gather = discover_outside(self.connection, KINDS)
        within = look_inside(self.connection, inside)
        return gather(), within

    def destroy(self) -> Outcome:
        """Take everything away, and look once more a minute later, as the verb does: EKS writes its log group again."""
        outcome = self._remove()
        self.clock.sleep(SWEEP_AFTER)
        outcome.removed += self._remove().removed
        return outcome

    def _remove(self) -> Outcome:
        lives = [live for live in self.lives(all_kinds=True) if live.kind not in KEPT]
        nothing = Graph(())
        return execute(self.run, nothing, make_plan(nothing, lives), BY_NAME, workers=Inline())

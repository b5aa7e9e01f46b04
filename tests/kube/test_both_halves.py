"""One graph holds AWS and Kubernetes: the cluster first, what lives in it as soon as it answers, and backwards."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import Any

import pytest

from eksgpu.aws import KEPT
from eksgpu.aws import KINDS as AWS_KINDS
from eksgpu.aws.eks_cluster import EksCluster
from eksgpu.aws.run import AwsRun
from eksgpu.engine.execute import Inline, Outcome, execute
from eksgpu.engine.graph import Graph
from eksgpu.engine.plan import Action, Plan, make_plan
from eksgpu.engine.refs import Ref, Unknown
from eksgpu.engine.resource import Live, Resource
from eksgpu.errors import NotFound
from eksgpu.kube import KINDS, LEFTOVERS
from eksgpu.kube.api import KubeApi
from eksgpu.kube.compare import compare, joined
from eksgpu.kube.object import KubeObject
from eksgpu.kube.run import Kube
from eksgpu.sandbox.kubernetes.api import Api
from tests.support.rig import Rig

from .faults import Faults, wire
from .lab import NoHelm, actions

CLUSTER = Ref("eks_cluster/main", "name")
BY_NAME = {kind.kind: kind for kind in (*AWS_KINDS, *KINDS, *LEFTOVERS)}
SETTINGS = KubeObject.of(
    {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "settings", "namespace": "default"},
        "data": {"endpoint": Ref("eks_cluster/main", "endpoint")},
    },
    cluster=CLUSTER,
)


@dataclass(frozen=True)
class BothRun(AwsRun):
    """An AWS run that leads into its cluster too."""

    kube: Callable[[], Kube | None] = lambda: None


@dataclass
class Both:
    """An account, and the Kubernetes API of the one cluster that may be in it."""

    rig: Rig
    api: Api

    def run(self) -> BothRun:
        mine = {item.name: getattr(self.rig.run, item.name) for item in fields(AwsRun)}
        made: list[Kube] = []

        def kube() -> Kube | None:
            if not made and self._active():
                api = KubeApi("https://embedded", wire=wire(Faults(), self.api), sleep=self.rig.clock.sleep)
                made.append(Kube(api, self.rig.cluster, NoHelm()))
            return made[0] if made else None

        return BothRun(**mine, kube=kube)

    def _active(self) -> bool:
        try:
            found = self.rig.run.aws.eks.describe_cluster(name=self.rig.cluster)["cluster"]
        except NotFound:
            return False
        return bool(found["status"] == "ACTIVE")

    def plan(self, graph: Graph, run: BothRun) -> Plan:
        lives = [live for kind in (*AWS_KINDS, *KINDS) for live in kind.discover(run)]
        first = {change.identity: change for change in make_plan(graph, lives, kept=KEPT).changes}

        def lookup(ref: Ref) -> Any:
            change = first[ref.target]
            if change.live is None or change.action in (Action.CREATE, Action.REPLACE):
                return Unknown(ref)
            return change.live.output(ref.output)

        told = compare(run, graph, lives, lookup)
        return joined(make_plan(graph, told.lives, kept=KEPT), told)

    def apply(self, resources: Sequence[Resource]) -> Outcome:
        run, graph = self.run(), Graph(resources)
        return execute(run, graph, self.plan(graph, run), BY_NAME, workers=Inline())

    def destroy(self) -> list[Live]:
        run = self.run()
        lives = [live for kind in BY_NAME.values() for live in kind.discover(run)]
        plan = make_plan(Graph(()), lives, kept=KEPT)
        return execute(run, Graph(()), plan, BY_NAME, workers=Inline()).removed


@pytest.fixture
def both() -> Both:
    rig = Rig()
    return Both(rig, Api(rig.clock))


def test_a_whole_life(both: Both) -> None:
    graph = (*EksCluster.example_graph(), SETTINGS)
    first = both.plan(Graph(graph), both.run())
    assert {"ConfigMap/default/settings": "create", "main": "create"}.items() <= actions(first).items()
    outcome = both.apply(graph)
    assert both.plan(Graph(graph), both.run()).empty
    made = both.api.client().get("v1", "ConfigMap", "settings", "default")
    assert made["data"]["endpoint"] == outcome.lives["eks_cluster/main"].output("endpoint")
    gone = [live.identity for live in both.destroy()]
    assert gone.index(SETTINGS.identity) < gone.index("kube_inventory/main") < gone.index("eks_cluster/main")

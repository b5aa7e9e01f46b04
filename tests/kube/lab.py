"""A Kubernetes API with the engine on it: plan, apply and destroy of what lives in a cluster, and nothing of AWS.

The same tests run on the embedded API, in this process, and on a real control plane where there is one.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from eksgpu.engine.clock import Clock
from eksgpu.engine.events import Event
from eksgpu.engine.execute import Inline, Outcome, Workers, execute
from eksgpu.engine.graph import Graph
from eksgpu.engine.mark import Mark
from eksgpu.engine.plan import Plan, make_plan
from eksgpu.engine.refs import Ref
from eksgpu.engine.resource import Live, Resource
from eksgpu.errors import EksgpuError
from eksgpu.kube import KINDS, LEFTOVERS
from eksgpu.kube.api import KubeApi
from eksgpu.kube.compare import compare, joined
from eksgpu.kube.helm_program import Helm, Upgrade
from eksgpu.kube.object import KubeObject
from eksgpu.kube.run import Kube

Item = TypeVar("Item")
Result = TypeVar("Result")
BY_NAME = {kind.kind: kind for kind in (*KINDS, *LEFTOVERS)}
MARK = Mark("111122223333", "us-west-2", "demo")


class NoHelm:
    """For clusters without charts."""

    def check(self) -> None:
        raise EksgpuError("there is no helm here")

    def upgrade(self, wanted: Upgrade) -> None:
        self.check()

    def rollback(self, namespace: str, release: str, revision: int) -> None:
        self.check()

    def uninstall(self, namespace: str, release: str) -> None:
        self.check()


@dataclass(frozen=True)
class LabRun:
    """What kinds are handed."""

    mark: Mark
    clock: Clock
    kube: Callable[[], Kube | None]

    def parallel(self, call: Callable[[Item], Result], items: Iterable[Item]) -> list[Result]:
        return [call(item) for item in items]


@dataclass
class Lab:
    """One cluster. `api` is a client of its own, for looking and for what somebody else does."""

    connect: Callable[[], KubeApi]
    clock: Clock
    helm: Helm = field(default_factory=NoHelm)
    mark: Mark = MARK
    reachable: bool = True
    workers: Workers = field(default_factory=Inline)
    events: list[Event] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.api = self.connect()
        self.run = self.fresh()

    def fresh(self) -> LabRun:
        """A run as a new process would have it."""
        kube = Kube(self.connect(), self.mark.cluster, self.helm)
        return LabRun(self.mark, self.clock, lambda: kube if self.reachable else None)

    @property
    def kube(self) -> Kube:
        found = self.run.kube()
        assert found is not None
        return found

    def lives(self, *, all_kinds: bool = False) -> list[Live]:
        kinds = (*KINDS, *LEFTOVERS) if all_kinds else KINDS
        return [live for kind in kinds for live in kind.discover(self.run)]

    def plan(self, *resources: Resource, newest: bool = False) -> Plan:
        self.run = self.fresh()
        return self._plan(Graph(resources), self.lives(), newest)

    def apply(self, *resources: Resource, newest: bool = False) -> Outcome:
        self.events.clear()
        plan = self.plan(*resources, newest=newest)
        assert not plan.refusals, plan.refusals
        return self.carry_out(plan, *resources)

    def carry_out(self, plan: Plan, *resources: Resource) -> Outcome:
        return execute(self.run, Graph(resources), plan, BY_NAME, workers=self.workers, listener=self.events.append)

    def destroy(self) -> Outcome:
        self.run = self.fresh()
        return self.carry_out(make_plan(Graph(()), self.lives(all_kinds=True)))

    def get(self, api_version: str, kind: str, name: str, namespace: str = "") -> dict[str, Any]:
        """An object, as anybody sees it."""
        return self.api.get(self.api.resource(api_version, kind), name, namespace)

    def there(self, api_version: str, kind: str, namespace: str = "") -> set[str]:
        """The names of what there is of a kind."""
        items, _ = self.api.list(self.api.resource(api_version, kind), namespace)
        return {item["metadata"]["name"] for item in items}

    def until(self, done: Callable[[], bool]) -> None:
        """Wait for what a controller of the cluster does."""
        for _ in range(100):
            if done():
                return
            self.clock.sleep(1)
        assert done()

    def _plan(self, graph: Graph, lives: Sequence[Live], newest: bool) -> Plan:
        known = {live.identity: live for live in lives}

        def lookup(ref: Ref) -> Any:
            return known[ref.target].output(ref.output)

        told = compare(self.run, graph, lives, lookup, newest=newest)
        return joined(make_plan(graph, told.lives), told)


def wanted(api_version: str, kind: str, name: str, namespace: str = "", **fields: Any) -> KubeObject:
    """An object of the spec."""
    metadata = {"name": name} | ({"namespace": namespace} if namespace else {})
    return KubeObject.of({"apiVersion": api_version, "kind": kind, "metadata": metadata, **fields}, cluster="demo")


def config_map(name: str, namespace: str = "default", **data: str) -> KubeObject:
    return wanted("v1", "ConfigMap", name, namespace, data=data)


def actions(plan: Plan) -> dict[str, str]:
    """What a plan does, by name; what stays is left out."""
    return {change.name: str(change.action) for change in plan.changes if change.action != "no-op"}

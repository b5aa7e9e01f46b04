"""The work queue of all controllers: changes mark what each must look at, and `run` works it off in a fixed order."""

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from eksgpu.sandbox.kubernetes.cluster import Cluster
from eksgpu.sandbox.kubernetes.controllers.cron_job import CronJobs
from eksgpu.sandbox.kubernetes.controllers.daemon_set import DaemonSets
from eksgpu.sandbox.kubernetes.controllers.definitions import Definitions
from eksgpu.sandbox.kubernetes.controllers.deployment import Deployments
from eksgpu.sandbox.kubernetes.controllers.disruption import DisruptionBudgets
from eksgpu.sandbox.kubernetes.controllers.garbage import GarbageCollector
from eksgpu.sandbox.kubernetes.controllers.job import Jobs
from eksgpu.sandbox.kubernetes.controllers.namespace import Namespaces
from eksgpu.sandbox.kubernetes.controllers.nodes import Nodes
from eksgpu.sandbox.kubernetes.controllers.replica_set import ReplicaSets
from eksgpu.sandbox.kubernetes.controllers.service_account import ServiceAccounts
from eksgpu.sandbox.kubernetes.controllers.stateful_set import StatefulSets
from eksgpu.sandbox.kubernetes.scheduler.queue import Scheduler
from eksgpu.sandbox.kubernetes.store import Change
from eksgpu.sandbox.kubernetes.types.registry import StoreKey

_CONTROLLERS = (
    Namespaces,
    Definitions,
    ServiceAccounts,
    GarbageCollector,
    Nodes,
    Deployments,
    ReplicaSets,
    StatefulSets,
    DaemonSets,
    Jobs,
    CronJobs,
    Scheduler,
    DisruptionBudgets,
)


class Controller(Protocol):
    """`concerns` names what a change makes worth a look; `sync` looks at one of those and acts.

    heard: the types whose changes it is told of; none stands for all.
    """

    @property
    def heard(self) -> Sequence[StoreKey]: ...
    def concerns(self, change: Change) -> Iterable[str]: ...
    def sync(self, item: str, /) -> None: ...
    def due(self) -> Iterable[str]:
        """What time alone has made worth a look."""
        ...


Queue = tuple[Controller, dict[str, None]]


class Controllers:
    """The controllers of one cluster; `makers` None stands for all there are."""

    def __init__(self, cluster: Cluster, makers: Sequence[Callable[[Cluster], Controller]] | None = None) -> None:
        self._queues: list[Queue] = [(make(cluster), {}) for make in makers or _CONTROLLERS]
        self._hearing: dict[StoreKey, list[Queue]] = {}
        for key in {kind.key: None for kind in cluster.types}:
            for found in cluster.store.list(key):
                self._hear(Change(cluster.store.revision, "ADDED", key, found, None))
        cluster.store.listen(self._hear)

    def run(self) -> None:
        """Work until no controller has anything to look at."""
        for controller, queue in self._queues:
            queue.update(dict.fromkeys(controller.due()))
        while self._round():
            pass

    def _round(self) -> bool:
        worked = False
        for controller, queue in self._queues:
            while queue:
                worked = True
                item = next(iter(queue))
                del queue[item]
                controller.sync(item)
        return worked

    def _hear(self, change: Change) -> None:
        hearing = self._hearing.get(change.key)
        if hearing is None:
            hearing = [one for one in self._queues if not one[0].heard or change.key in one[0].heard]
            self._hearing[change.key] = hearing
        for controller, queue in hearing:
            for item in controller.concerns(change):
                queue[item] = None

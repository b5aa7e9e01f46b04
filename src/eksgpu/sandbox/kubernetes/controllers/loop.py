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
    """`concerns` names what a change makes worth a look; `sync` looks at one of those and acts."""

    def concerns(self, change: Change) -> Iterable[str]: ...
    def sync(self, item: str, /) -> None: ...
    def due(self) -> Iterable[str]:
        """What time alone has made worth a look."""
        ...


class Controllers:
    """The controllers of one cluster; `makers` None stands for all there are."""

    def __init__(self, cluster: Cluster, makers: Sequence[Callable[[Cluster], Controller]] | None = None) -> None:
        self._queues: list[tuple[Controller, dict[str, None]]] = [
            (make(cluster), {}) for make in makers or _CONTROLLERS
        ]
        for key in {kind.key: None for kind in cluster.types}:
            for found in cluster.store.list(key):
                self._hear(Change(cluster.store.revision, "ADDED", key, found, None))
        cluster.store.listeners.append(self._hear)

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
        for controller, queue in self._queues:
            for item in controller.concerns(change):
                queue[item] = None

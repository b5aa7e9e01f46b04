"""The frame of a workload's controller: it looks at an object whenever that, or something it owns, has changed."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator

from eksgpu.sandbox.kubernetes.cluster import Cluster
from eksgpu.sandbox.kubernetes.controllers.owning import owner_uid
from eksgpu.sandbox.kubernetes.store import Change, Object
from eksgpu.sandbox.kubernetes.types.registry import StoreKey


class Workloads(ABC):
    """All objects of `key`, of this kind, with their children. What is being deleted is the garbage collector's."""

    key: StoreKey
    kind: str
    children: StoreKey

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    @property
    def heard(self) -> tuple[StoreKey, ...]:
        return self.key, self.children

    def concerns(self, change: Change) -> Iterator[str]:
        if change.key == self.key:
            yield change.object["metadata"]["uid"]
        elif change.key == self.children:
            yield from owner_uid(change.object, self.kind)

    def due(self) -> Iterable[str]:
        return ()

    def sync(self, item: str) -> None:
        found = self._cluster.store.by_uid(item)
        if found is not None and not found["metadata"].get("deletionTimestamp"):
            self.act(found)

    @abstractmethod
    def act(self, found: Object) -> None:
        """Bring what it owns, and its status, in line with its spec."""

"""Namespaces that are being deleted: their contents go first, then the finalizer, then the namespace."""

from collections.abc import Iterator

from eksgpu.sandbox.kubernetes.cluster import NAMESPACES, Cluster
from eksgpu.sandbox.kubernetes.store import Change, Object
from eksgpu.sandbox.kubernetes.types.registry import ResourceType, StoreKey
from eksgpu.sandbox.kubernetes.verbs.delete import Deletion, delete
from eksgpu.sandbox.kubernetes.verbs.update import finish


class Namespaces:
    heard: tuple[StoreKey, ...] = ()

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    def concerns(self, change: Change) -> Iterator[str]:
        meta = change.object["metadata"]
        if change.key == NAMESPACES and meta.get("deletionTimestamp") and change.type != "DELETED":
            yield meta["name"]
        elif change.type == "DELETED" and meta.get("namespace"):
            yield meta["namespace"]

    def due(self) -> tuple[str, ...]:
        return ()

    def sync(self, item: str) -> None:
        found = self._cluster.namespace(item)
        if found is None or not found["metadata"].get("deletionTimestamp"):
            return
        kinds = {kind.key: kind for kind in self._cluster.types if kind.namespaced}.values()
        for kind in kinds:
            for row in list(self._cluster.store.list(kind.key, item)):
                if not row["metadata"].get("deletionTimestamp"):
                    delete(self._cluster, kind, row, Deletion("Background"))
        if not any(self._holds(kind, item) for kind in kinds):
            self._release(found)

    def _holds(self, kind: ResourceType, namespace: str) -> bool:
        return next(self._cluster.store.list(kind.key, namespace), None) is not None

    def _release(self, found: Object) -> None:
        kind = self._cluster.types.of("v1", "Namespace")
        fresh = self._cluster.namespace(found["metadata"]["name"])
        if fresh is not None and fresh["spec"].get("finalizers"):
            spec = {key: value for key, value in fresh["spec"].items() if key != "finalizers"}
            finish(self._cluster, kind, {**fresh, "metadata": dict(fresh["metadata"]), "spec": spec})

"""CustomResourceDefinitions that are being deleted: their objects go first, finalizers and all."""

from collections.abc import Iterator

from eksgpu.sandbox.kubernetes.cluster import CRDS, Cluster
from eksgpu.sandbox.kubernetes.store import Change, Object
from eksgpu.sandbox.kubernetes.types.registry import StoreKey
from eksgpu.sandbox.kubernetes.verbs.delete import Deletion, delete
from eksgpu.sandbox.kubernetes.verbs.strategy import CLEANUP
from eksgpu.sandbox.kubernetes.verbs.update import finish


class Definitions:
    heard: tuple[StoreKey, ...] = ()

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    def concerns(self, change: Change) -> Iterator[str]:
        meta = change.object["metadata"]
        if change.key == CRDS and change.type != "DELETED" and meta.get("deletionTimestamp"):
            yield meta["name"]
        elif change.type == "DELETED" and "." in change.key[0]:
            yield f"{change.key[1]}.{change.key[0]}"

    def due(self) -> tuple[str, ...]:
        return ()

    def sync(self, item: str) -> None:
        found = self._cluster.store.get(CRDS, "", item)
        if found is None or CLEANUP not in found["metadata"].get("finalizers", ()):
            return
        if not found["metadata"].get("deletionTimestamp"):
            return
        key: StoreKey = (found["spec"]["group"], found["spec"]["names"]["plural"])
        kind = self._cluster.types.of_key(key)
        for row in list(self._cluster.store.list(key)) if kind else ():
            if kind is not None and not row["metadata"].get("deletionTimestamp"):
                delete(self._cluster, kind, row, Deletion())
        if not self._cluster.store.count(key):
            self._release(found)

    def _release(self, found: Object) -> None:
        meta = dict(found["metadata"])
        meta["finalizers"] = [name for name in meta["finalizers"] if name != CLEANUP]
        kind = self._cluster.types.of("apiextensions.k8s.io/v1", "CustomResourceDefinition")
        finish(self._cluster, kind, {**found, "metadata": meta})

"""Garbage collection: dependents follow their owners in the background, before them, or are set free."""

from collections.abc import Iterator
from typing import Any

from eksgpu.sandbox.kubernetes.cluster import Cluster
from eksgpu.sandbox.kubernetes.store import Change, Object
from eksgpu.sandbox.kubernetes.types.registry import StoreKey
from eksgpu.sandbox.kubernetes.verbs.delete import FOREGROUND, ORPHAN, Deletion, delete
from eksgpu.sandbox.kubernetes.verbs.update import finish

_GONE, _ENDING, _OWNED = "gone ", "ending ", "owned "


class GarbageCollector:
    """Items are a mark and a uid: an owner that is gone, one that ends with a finalizer of ours, a new dependent."""

    heard: tuple[StoreKey, ...] = ()

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    def concerns(self, change: Change) -> Iterator[str]:
        meta = change.object["metadata"]
        if change.type == "DELETED":
            yield _GONE + meta["uid"]
            for owner in meta.get("ownerReferences", ()):
                yield _ENDING + owner["uid"]
            return
        if meta.get("deletionTimestamp") and {FOREGROUND, ORPHAN} & set(meta.get("finalizers", ())):
            yield _ENDING + meta["uid"]
        before = change.old["metadata"].get("ownerReferences") if change.old else None
        if meta.get("ownerReferences") and meta["ownerReferences"] != before:
            yield _OWNED + meta["uid"]

    def due(self) -> tuple[str, ...]:
        return ()

    def sync(self, item: str) -> None:
        mark, uid = item.split()
        if f"{mark} " == _GONE:
            for key, child in list(self._cluster.store.owned_by(uid)):
                self._collect(key, child)
            return
        place, found = self._cluster.store.place(uid), self._cluster.store.by_uid(uid)
        if place is None or found is None:
            return
        if f"{mark} " == _OWNED:
            self._collect(place.key, found)
        else:
            self._end(place.key, found)

    def _collect(self, key: StoreKey, child: Object) -> None:
        """Delete an object none of whose owners is left."""
        meta = child["metadata"]
        if meta.get("deletionTimestamp"):
            return
        left = [row for row in meta.get("ownerReferences", ()) if self._exists(row, meta.get("namespace", ""))]
        if left:
            if len(left) != len(meta["ownerReferences"]):
                self._cluster.store.put(key, {**child, "metadata": {**meta, "ownerReferences": left}})
            return
        self._delete(key, child, "Background")

    def _exists(self, owner: dict[str, Any], namespace: str) -> bool:
        found = self._cluster.store.by_uid(owner["uid"])
        return found is not None and found["metadata"].get("namespace", namespace) == namespace

    def _end(self, key: StoreKey, owner: Object) -> None:
        meta = owner["metadata"]
        if not meta.get("deletionTimestamp"):
            return
        held = meta.get("finalizers", ())
        if ORPHAN in held:
            for child_key, child in list(self._cluster.store.owned_by(meta["uid"])):
                self._free(child_key, child, meta["uid"])
            self._release(key, owner, ORPHAN)
        elif FOREGROUND in held:
            children = list(self._cluster.store.owned_by(meta["uid"]))
            for child_key, child in children:
                if not child["metadata"].get("deletionTimestamp"):
                    self._delete(child_key, child, "Foreground")
            if not any(_blocks(child, meta["uid"]) for _, child in self._cluster.store.owned_by(meta["uid"])):
                self._release(key, owner, FOREGROUND)

    def _free(self, key: StoreKey, child: Object, uid: str) -> None:
        meta = dict(child["metadata"])
        left = [row for row in meta["ownerReferences"] if row["uid"] != uid]
        if left:
            meta["ownerReferences"] = left
        else:
            del meta["ownerReferences"]
        self._cluster.store.put(key, {**child, "metadata": meta})

    def _release(self, key: StoreKey, owner: Object, finalizer: str) -> None:
        kind = self._cluster.types.of_key(key)
        found = self._cluster.store.by_uid(owner["metadata"]["uid"])
        if kind is None or found is None:
            return
        meta = dict(found["metadata"])
        left = [name for name in meta.pop("finalizers", ()) if name != finalizer]
        if left:
            meta["finalizers"] = left
        finish(self._cluster, kind, {**found, "metadata": meta})

    def _delete(self, key: StoreKey, child: Object, propagation: str) -> None:
        kind = self._cluster.types.of_key(key)
        if kind is not None:
            delete(self._cluster, kind, child, Deletion(propagation))


def _blocks(child: Object, uid: str) -> bool:
    rows = child["metadata"].get("ownerReferences", ())
    return any(row["uid"] == uid and row.get("blockOwnerDeletion") for row in rows)

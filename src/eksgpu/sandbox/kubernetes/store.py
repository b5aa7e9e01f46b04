"""The objects of one cluster, their resource versions, and the recent history that watches replay.

A stored object is never changed, only replaced: readers may keep it, writers copy first. Indexes by uid and by owner
serve garbage collection and controllers.
"""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from eksgpu.sandbox.kubernetes.failure import expired
from eksgpu.sandbox.kubernetes.types.registry import StoreKey

Object = dict[str, Any]
HISTORY = 20_000


@dataclass(frozen=True, slots=True)
class Change:
    """`type` is ADDED, MODIFIED or DELETED; `old` what stood there before."""

    revision: int
    type: str
    key: StoreKey
    object: Object
    old: Object | None


Listener = Callable[[Change], None]


@dataclass(frozen=True, slots=True)
class Place:
    """Where an object stands; `namespace` is "" for cluster-wide ones."""

    key: StoreKey
    namespace: str
    name: str


class Store:
    """`revision` is the resource version of the last change."""

    def __init__(self, history: int = HISTORY) -> None:
        self.revision = 1
        self._listeners: dict[StoreKey | None, list[Listener]] = {}
        self._objects: dict[StoreKey, dict[str, dict[str, Object]]] = {}
        self._history: deque[Change] = deque(maxlen=history)
        self._compacted = 0
        self._places: dict[str, Place] = {}
        self._owned: dict[str, dict[str, None]] = {}

    def get(self, key: StoreKey, namespace: str, name: str) -> Object | None:
        return self._objects.get(key, {}).get(namespace, {}).get(name)

    def list(self, key: StoreKey, namespace: str | None = None) -> Iterator[Object]:
        """Sorted by namespace and name; every namespace when None."""
        spaces = self._objects.get(key, {})
        for space in sorted(spaces) if namespace is None else [namespace]:
            held = spaces.get(space, {})
            for name in sorted(held):
                yield held[name]

    def all(self, key: StoreKey) -> Iterator[Object]:
        """Those of every namespace, in the order of their making: cheaper than `list`."""
        for held in self._objects.get(key, {}).values():
            yield from held.values()

    def count(self, key: StoreKey) -> int:
        return sum(map(len, self._objects.get(key, {}).values()))

    def by_uid(self, uid: str) -> Object | None:
        place = self._places.get(uid)
        return None if place is None else self.get(place.key, place.namespace, place.name)

    def place(self, uid: str) -> Place | None:
        return self._places.get(uid)

    def owned_by(self, uid: str) -> Iterator[tuple[StoreKey, Object]]:
        """Objects that name `uid` among their owners, in the order of their making."""
        for child in list(self._owned.get(uid, ())):
            place = self._places[child]
            found = self.get(place.key, place.namespace, place.name)
            assert found is not None
            yield place.key, found

    def put(self, key: StoreKey, new: Object) -> None:
        """Add or replace; stamps the resource version into `new`, which belongs to the store from now on."""
        meta = new["metadata"]
        space, name = meta.get("namespace", ""), meta["name"]
        held = self._objects.setdefault(key, {}).setdefault(space, {})
        old = held.get(name)
        self.revision += 1
        meta["resourceVersion"] = str(self.revision)
        held[name] = new
        self._index(key, old, new)
        self._tell(Change(self.revision, "MODIFIED" if old else "ADDED", key, new, old))

    def remove(self, key: StoreKey, last: Object) -> None:
        """Take away; `last` is the final state, stamped with the deletion's resource version."""
        meta = last["metadata"]
        old = self._objects[key][meta.get("namespace", "")].pop(meta["name"])
        self.revision += 1
        meta["resourceVersion"] = str(self.revision)
        self._index(key, old, None)
        self._tell(Change(self.revision, "DELETED", key, last, old))

    def listen(self, listener: Listener, key: StoreKey | None = None) -> None:
        """Tell `listener` of each change at once; of one type's, or of all."""
        self._listeners.setdefault(key, []).append(listener)

    def unlisten(self, listener: Listener, key: StoreKey | None = None) -> None:
        """Tell it no more; nothing happens when it was not told."""
        held = self._listeners.get(key, [])
        if listener in held:
            held.remove(listener)

    def since(self, revision: int) -> Iterator[Change]:
        """Changes after `revision`. Raises ApiError 410 when some of them are no longer known."""
        if revision < self._compacted:
            raise expired(revision, self._compacted)
        return (change for change in list(self._history) if change.revision > revision)

    def compact(self) -> None:
        """Forget the history, as etcd does every five minutes: older watches must list again."""
        self._compacted = self.revision
        self._history.clear()

    def _index(self, key: StoreKey, old: Object | None, new: Object | None) -> None:
        if old is not None:
            gone = old["metadata"]
            del self._places[gone["uid"]]
            for owner in gone.get("ownerReferences", ()):
                self._disown(owner["uid"], gone["uid"])
        if new is not None:
            meta = new["metadata"]
            self._places[meta["uid"]] = Place(key, meta.get("namespace", ""), meta["name"])
            for owner in meta.get("ownerReferences", ()):
                self._owned.setdefault(owner["uid"], {})[meta["uid"]] = None

    def _disown(self, owner: str, child: str) -> None:
        children = self._owned[owner]
        children.pop(child, None)
        if not children:
            del self._owned[owner]

    def _tell(self, change: Change) -> None:
        if self._history.maxlen is not None and len(self._history) == self._history.maxlen:
            self._compacted = self._history[0].revision
        self._history.append(change)
        for listener in (*self._listeners.get(None, ()), *self._listeners.get(change.key, ())):
            listener(change)

"""A kind's objects as last seen: listed once, then kept up by its watch. What has changed is told to each subscriber.

It must not know what the objects mean. No threads: `refresh` takes what has come in.
"""

from collections.abc import Callable, Iterator

from eksgpu.sandbox.kubernetes.failure import ApiError

from .client import Client, Key, Kind, Object, Watch, key

GONE, EXPIRED = 404, 410


class Cache:
    """Objects by key; with `index`, also by what that function says of them."""

    def __init__(self, client: Client, kind: Kind, index: Callable[[Object], str] | None = None) -> None:
        self.kind = kind
        self._client = client
        self._objects: dict[Key, Object] = {}
        self._watch: Watch | None = None
        self._subscribers: list[set[Key]] = []
        self._index = index
        self._by_index: dict[str, set[Key]] = {}

    def subscribe(self) -> set[Key]:
        """A set into which the keys of objects are put when they come, change or go. The caller empties it."""
        changed = set(self._objects)
        self._subscribers.append(changed)
        return changed

    def tell_all(self) -> None:
        """Have every subscriber look at every object again."""
        for changed in self._subscribers:
            changed.update(self._objects)

    def refresh(self) -> bool:
        """Take in what is new; did anything change?"""
        if self._watch is None:
            return self._list()
        try:
            events = self._watch.poll()
        except ApiError as error:
            self._watch = None  # it has ended, whatever the server's reason is
            if error.status not in (GONE, EXPIRED):
                raise
            return self._list()
        changed = [self._take(kind, obj) for kind, obj in events]
        return any(changed)

    def put(self, obj: Object) -> None:
        """Know at once what a write answered, before its event comes."""
        self._take("MODIFIED", obj)

    def drop(self, at: Key) -> None:
        """Forget an object that is gone."""
        known = self._objects.pop(at, None)
        if known is not None:
            self._unindex(at, known)
            self._tell(at)

    def get(self, name: str, namespace: str = "") -> Object | None:
        """The object, or None when there is none."""
        return self._objects.get((namespace, name))

    def at(self, where: Key) -> Object | None:
        """The same by key."""
        return self._objects.get(where)

    def indexed(self, value: str) -> list[Object]:
        """The objects of which the index says `value`."""
        return [self._objects[at] for at in sorted(self._by_index.get(value, ()))]

    def __iter__(self) -> Iterator[Object]:
        return iter(list(self._objects.values()))

    def __len__(self) -> int:
        return len(self._objects)

    def _list(self) -> bool:
        try:
            listed, version = self._client.list(self.kind.api_version, self.kind.kind)
        except ApiError as error:
            if error.status != GONE:
                raise
            listed, version = [], ""  # the API does not serve this kind, or not any more
        found = {key(obj) for obj in listed}
        missing = [at for at in self._objects if at not in found]
        for at in missing:
            self.drop(at)
        changed = [self._take("ADDED", obj) for obj in listed]
        if version:
            self._watch = self._client.watch(self.kind.api_version, self.kind.kind, resource_version=version)
        return bool(missing) or any(changed)

    def _take(self, event: str, obj: Object) -> bool:
        at = key(obj)
        known = self._objects.get(at)
        if event == "DELETED":
            if known is None or known["metadata"]["uid"] != obj["metadata"]["uid"]:
                return False
            self.drop(at)
            return True
        if known is not None:
            if _version(obj) <= _version(known):
                return False  # our own write, or one that is older than it
            self._unindex(at, known)
        self._objects[at] = obj
        if self._index is not None:
            self._by_index.setdefault(self._index(obj), set()).add(at)
        self._tell(at)
        return True

    def _unindex(self, at: Key, known: Object) -> None:
        if self._index is not None:
            self._by_index[self._index(known)].discard(at)

    def _tell(self, at: Key) -> None:
        for changed in self._subscribers:
            changed.add(at)


def _version(obj: Object) -> int:
    return int(obj["metadata"].get("resourceVersion") or 0)

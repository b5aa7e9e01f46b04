"""Watches: what happens to the objects of one type from a resource version on, in a queue read without waiting."""

from collections import deque
from collections.abc import Callable

from eksgpu.sandbox.kubernetes.cluster import Cluster
from eksgpu.sandbox.kubernetes.store import Change, Object
from eksgpu.sandbox.kubernetes.types.registry import ResourceType
from eksgpu.sandbox.kubernetes.verbs.read import as_version, matcher

Event = tuple[str, Object]


class Watch:
    """`poll` gives what has happened since the last call. `notify` is called when there is something new."""

    def __init__(
        self,
        cluster: Cluster,
        kind: ResourceType,
        namespace: str | None,
        *,
        since: int | None,
        labels: str = "",
        fields: str = "",
    ) -> None:
        """`since` None starts with every object as ADDED. Raises ApiError 410 when `since` is too old."""
        self.notify: Callable[[], None] | None = None
        self._cluster = cluster
        self._kind = kind
        self._namespace = namespace
        self._wanted = matcher(kind, labels, fields)
        self._queue: deque[Event] = deque()
        if since is None:
            for found in cluster.store.list(kind.key, namespace):
                if self._matches(found):
                    self._queue.append(("ADDED", as_version(found, kind)))
        else:
            for change in cluster.store.since(since):
                if change.key == kind.key:
                    self._take(change)
        cluster.store.listen(self._hear, kind.key)

    def poll(self) -> list[Event]:
        """(ADDED | MODIFIED | DELETED, object); the objects belong to the store."""
        events = list(self._queue)
        self._queue.clear()
        return events

    def close(self) -> None:
        self._cluster.store.unlisten(self._hear, self._kind.key)

    def _hear(self, change: Change) -> None:
        before = len(self._queue)
        self._take(change)
        if self.notify is not None and len(self._queue) > before:
            self.notify()

    def _take(self, change: Change) -> None:
        if self._namespace is not None and change.object["metadata"].get("namespace", "") != self._namespace:
            return
        event = self._seen_as(change)
        if event:
            self._queue.append((event, as_version(_last_seen(change, event), self._kind)))

    def _seen_as(self, change: Change) -> str:
        """An object that starts or ceases to match appears or disappears for this watch."""
        if self._wanted is None:
            return change.type
        is_in = self._matches(change.object)
        was_in = change.old is not None and self._matches(change.old)
        if change.type == "DELETED":
            return "DELETED" if was_in else ""
        if is_in:
            return "MODIFIED" if was_in else "ADDED"
        return "DELETED" if was_in else ""

    def _matches(self, found: Object) -> bool:
        return self._wanted is None or self._wanted(found)


def _last_seen(change: Change, event: str) -> Object:
    """What ceases to match is shown as it was when it matched, at the version that took it away."""
    if event != "DELETED" or change.type == "DELETED" or change.old is None:
        return change.object
    version = change.object["metadata"]["resourceVersion"]
    return {**change.old, "metadata": {**change.old["metadata"], "resourceVersion": version}}

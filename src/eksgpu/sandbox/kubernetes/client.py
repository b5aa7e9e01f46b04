"""The client of controllers inside the server's own process.

Objects are plain dicts. Those of a watch are the store's own and not to be changed, as with client-go's caches; all
others belong to the caller. Every call goes through the same verbs as HTTP requests do, without their encoding.
"""

from typing import TYPE_CHECKING, Any, Protocol

from eksgpu.sandbox.kubernetes.failure import no_such_path, not_found
from eksgpu.sandbox.kubernetes.store import Object
from eksgpu.sandbox.kubernetes.types.registry import ResourceType
from eksgpu.sandbox.kubernetes.verbs import events, pods, read
from eksgpu.sandbox.kubernetes.verbs.create import create
from eksgpu.sandbox.kubernetes.verbs.delete import Deletion, delete
from eksgpu.sandbox.kubernetes.verbs.options import Options, copy
from eksgpu.sandbox.kubernetes.verbs.patch import APPLY, JSON_PATCH, MERGE, STRATEGIC, apply, patch
from eksgpu.sandbox.kubernetes.verbs.update import update
from eksgpu.sandbox.kubernetes.verbs.watch import Watch

if TYPE_CHECKING:
    from eksgpu.sandbox.kubernetes.api import Api

_MEDIA = {"merge": MERGE, "strategic": STRATEGIC, "json": JSON_PATCH, "apply": APPLY}


class Changes(Protocol):
    """A running watch."""

    def poll(self) -> list[tuple[str, Object]]:
        """(ADDED | MODIFIED | DELETED, object) since the last call, without waiting."""
        ...

    def close(self) -> None: ...


class InProcessClient:
    """The client of the embedded server; each write lets the cluster settle unless it is settling already."""

    def __init__(self, api: "Api", user: str) -> None:
        self._api = api
        self._cluster = api.cluster
        self._user = user
        self._options = Options(manager=user, validation="Strict")

    def get(self, api_version: str, kind: str, name: str, namespace: str | None = None) -> Object:
        with self._api.lock:
            found: Object = copy(self._live(self._kind(api_version, kind), name, namespace))
            return found

    def list(
        self, api_version: str, kind: str, namespace: str | None = None, *, labels: str = "", fields: str = ""
    ) -> tuple[list[Object], str]:
        """The items, and the resource version to watch from."""
        with self._api.lock:
            items = read.selected(self._cluster, self._kind(api_version, kind), namespace, labels, fields)
            return copy(items), str(self._cluster.store.revision)

    def create(self, obj: Object) -> Object:
        with self._api.lock:
            kind = self._kind(obj["apiVersion"], obj["kind"])
            return self._done(create(self._cluster, kind, _space(kind, _namespace(obj)), obj, self._options))

    def update(self, obj: Object) -> Object:
        return self._update(obj, "")

    def update_status(self, obj: Object) -> Object:
        return self._update(obj, "status")

    def patch(
        self,
        api_version: str,
        kind: str,
        name: str,
        patch: Any,
        namespace: str | None = None,
        *,
        subresource: str = "",
        type: str = "merge",  # noqa: A002
    ) -> Object:
        """`type` is merge, strategic, json or apply (forced)."""
        if type == "apply":
            return self._apply(self._kind(api_version, kind), name, namespace, patch, subresource)
        return self._patch(self._kind(api_version, kind), name, namespace, (_MEDIA[type], patch), subresource)

    def apply(self, obj: Object, *, force: bool = True, subresource: str = "") -> Object:
        """Server-side apply as this client's user."""
        kind = self._kind(obj["apiVersion"], obj["kind"])
        return self._apply(kind, obj["metadata"]["name"], _namespace(obj), obj, subresource, force=force)

    def delete(
        self,
        api_version: str,
        kind: str,
        name: str,
        namespace: str | None = None,
        *,
        propagation: str = "Background",
        grace: int | None = None,
    ) -> None:
        with self._api.lock:
            found = self._kind(api_version, kind)
            delete(self._cluster, found, self._live(found, name, namespace), Deletion(propagation, grace))
            self._api.settle()

    def evict(self, name: str, namespace: str) -> None:
        with self._api.lock:
            kind = self._kind("v1", "Pod")
            pods.evict(self._cluster, kind, self._live(kind, name, namespace), {})
            self._api.settle()

    def watch(self, api_version: str, kind: str, namespace: str | None = None, *, resource_version: str) -> Changes:
        """From a list's resource version on."""
        with self._api.lock:
            found = self._kind(api_version, kind)
            return _Locked(Watch(self._cluster, found, namespace, since=int(resource_version)), self._api)

    def event(self, obj: Object, reason: str, message: str, type: str = "Normal") -> None:  # noqa: A002
        """Record an Event about `obj`."""
        with self._api.lock:
            events.record(self._cluster, obj, events.Note(reason, message, type, self._user))

    def _update(self, obj: Object, subresource: str) -> Object:
        with self._api.lock:
            kind = self._kind(obj["apiVersion"], obj["kind"])
            live = self._live(kind, obj["metadata"]["name"], _namespace(obj))
            return self._done(update(self._cluster, kind, live, obj, self._options, subresource))

    def _patch(
        self, kind: ResourceType, name: str, namespace: str | None, change: tuple[str, Any], subresource: str
    ) -> Object:
        with self._api.lock:
            live = self._live(kind, name, namespace)
            return self._done(patch(self._cluster, kind, live, *change, self._options, subresource))

    def _apply(
        self,
        kind: ResourceType,
        name: str,
        namespace: str | None,
        config: Any,
        subresource: str,
        *,
        force: bool = True,
    ) -> Object:
        options = Options(manager=self._user, force=force)
        with self._api.lock:
            place = (_space(kind, namespace), name)
            return self._done(apply(self._cluster, kind, place, config, options, subresource)[0])

    def _done(self, stored: Object) -> Object:
        result: Object = copy(stored)
        self._api.settle()
        return result

    def _kind(self, api_version: str, kind: str) -> ResourceType:
        found = self._cluster.types.get(api_version, kind)
        if found is None:
            raise no_such_path()
        return found

    def _live(self, kind: ResourceType, name: str, namespace: str | None) -> Object:
        found = self._cluster.store.get(kind.key, _space(kind, namespace), name)
        if found is None:
            raise not_found(kind, name)
        return read.as_version(found, kind)


class _Locked:
    """A watch that is read under the server's lock."""

    def __init__(self, watch: Watch, api: "Api") -> None:
        self._watch = watch
        self._api = api

    def poll(self) -> list[tuple[str, Object]]:
        with self._api.lock:
            return self._watch.poll()

    def close(self) -> None:
        with self._api.lock:
            self._watch.close()


def _namespace(obj: Object) -> str | None:
    found: str | None = obj["metadata"].get("namespace")
    return found


def _space(kind: ResourceType, namespace: str | None) -> str:
    return (namespace or "default") if kind.namespaced else ""

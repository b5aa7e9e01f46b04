"""What the controllers see of a cluster, and how they write to it: caches of their kinds, kept true by every write."""

from typing import Any

from eksgpu.sandbox.kubernetes.failure import ApiError

from .cache import GONE, Cache
from .client import (
    DAEMON_SET,
    DEFINITION,
    DEPLOYMENT,
    INGRESS,
    INGRESS_CLASS,
    NODE,
    NODE_CLAIM,
    NODE_CLASS,
    NODE_OVERLAY,
    NODE_POOL,
    POD,
    SERVICE,
    STORAGE_CLASS,
    VOLUME,
    VOLUME_CLAIM,
    Client,
    Kind,
    Object,
    key,
)

_TAKEN = 409


class View:
    """One cluster. Kinds that wait for a definition are empty until it is there."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.nodes = Cache(client, NODE)
        self.pods = Cache(client, POD, index=_node_of)
        self.deployments = Cache(client, DEPLOYMENT)
        self.daemon_sets = Cache(client, DAEMON_SET)
        self.definitions = Cache(client, DEFINITION)
        self.pools = Cache(client, NODE_POOL)
        self.classes = Cache(client, NODE_CLASS)
        self.claims = Cache(client, NODE_CLAIM)
        self.overlays = Cache(client, NODE_OVERLAY)
        self.services = Cache(client, SERVICE)
        self.ingresses = Cache(client, INGRESS)
        self.ingress_classes = Cache(client, INGRESS_CLASS)
        self.storage_classes = Cache(client, STORAGE_CLASS)
        self.volume_claims = Cache(client, VOLUME_CLAIM)
        self.volumes = Cache(client, VOLUME)
        self._plain = (
            *(self.nodes, self.pods, self.deployments, self.daemon_sets),
            *(self.storage_classes, self.volume_claims, self.volumes),
        )
        self._custom = (
            *(self.pools, self.classes, self.claims, self.overlays),
            *(self.services, self.ingresses, self.ingress_classes),
        )
        self._caches = {cache.kind: cache for cache in (*self._plain, self.definitions, *self._custom)}

    def refresh(self) -> bool:
        """Take in everything that happened; did anything?"""
        defined = self.definitions.refresh()
        served = [cache for cache in self._custom if self.definitions.get(cache.kind.crd) or len(cache)]
        changed = [cache.refresh() for cache in (*self._plain, *served)]
        return defined or any(changed)

    def tell_all(self) -> None:
        """Have everybody look at everything again."""
        for cache in self._caches.values():
            cache.tell_all()

    def pods_on(self, node: str) -> list[Object]:
        """The pods bound to a node, finished ones included."""
        return self.pods.indexed(node)

    def create(self, obj: Object) -> Object | None:
        """The new object; None when the name is taken."""
        try:
            made = self.client.create(obj)
        except ApiError as error:
            if error.status != _TAKEN:
                raise
            return None
        self._put(made)
        return made

    def register(self, node: Object) -> Object | None:
        """A new Node with its status, which an API takes in a second call; None when the name is taken."""
        made = self.create(node)
        return made and self.patch(NODE, made, {"status": node["status"]}, subresource="status")

    def patch(self, kind: Kind, obj: Object, patch: dict[str, Any], *, subresource: str = "") -> Object | None:
        """The object after a merge patch; None when it is gone."""
        namespace, name = key(obj)
        try:
            changed = self.client.patch(
                kind.api_version, kind.kind, name, patch, namespace or None, subresource=subresource
            )
        except ApiError as error:
            if error.status != GONE:
                raise
            return None
        if changed["metadata"].get("deletionTimestamp") and not changed["metadata"].get("finalizers"):
            return changed  # the last finalizer is off: its DELETED event follows
        self._put(changed)
        return changed

    def delete(self, kind: Kind, obj: Object, *, grace: int | None = None) -> None:
        """Ask for its end; nothing happens when it is gone already."""
        namespace, name = key(obj)
        try:
            self.client.delete(kind.api_version, kind.kind, name, namespace or None, grace=grace)
        except ApiError as error:
            if error.status != GONE:
                raise
        if grace == 0:
            self._caches[kind].drop(key(obj))

    def event(self, obj: Object, reason: str, message: str, kind: str = "Normal") -> None:
        """An Event about an object. `kind` is Normal or Warning."""
        self.client.event(obj, reason, message, kind)

    def _put(self, obj: Object) -> None:
        for cache in self._caches.values():
            if (cache.kind.api_version, cache.kind.kind) == (obj["apiVersion"], obj["kind"]):
                cache.put(obj)


def _node_of(pod: Object) -> str:
    return str(pod["spec"].get("nodeName") or "")

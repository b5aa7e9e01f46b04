"""What every namespace gets by itself: the `default` ServiceAccount and the ConfigMap with the cluster's CA."""

from collections.abc import Iterator
from typing import Any

from eksgpu.sandbox.kubernetes.cluster import NAMESPACES, Cluster
from eksgpu.sandbox.kubernetes.controllers.owning import make
from eksgpu.sandbox.kubernetes.store import Change
from eksgpu.sandbox.kubernetes.types.registry import StoreKey

_CA_MAP = "kube-root-ca.crt"
_WANTED: dict[StoreKey, str] = {("", "serviceaccounts"): "default", ("", "configmaps"): _CA_MAP}


class ServiceAccounts:
    heard: tuple[StoreKey, ...] = (NAMESPACES, *_WANTED)

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    def concerns(self, change: Change) -> Iterator[str]:
        meta = change.object["metadata"]
        if change.key == NAMESPACES and change.type == "ADDED":
            yield meta["name"]
        elif change.type == "DELETED" and _WANTED.get(change.key) == meta["name"]:
            yield meta["namespace"]

    def due(self) -> tuple[str, ...]:
        return ()

    def sync(self, item: str) -> None:
        found = self._cluster.namespace(item)
        if found is None or found["metadata"].get("deletionTimestamp"):
            return
        for key, name in _WANTED.items():
            if self._cluster.store.get(key, item, name) is None:
                make(self._cluster, _object(key, name, item))


def _object(key: StoreKey, name: str, namespace: str) -> dict[str, Any]:
    meta = {"name": name, "namespace": namespace}
    if key[1] == "serviceaccounts":
        return {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": meta}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": {"ca.crt": ""}}

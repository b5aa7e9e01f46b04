"""ReplicaSets: as many running pods of one template as are wanted."""

from collections.abc import Iterator
from typing import Any

from eksgpu.sandbox.kubernetes.cluster import PODS, Cluster
from eksgpu.sandbox.kubernetes.controllers.owning import (
    is_active,
    is_ready,
    make_pod,
    owner_uid,
    pods_of,
    remove_pod,
    set_status,
)
from eksgpu.sandbox.kubernetes.store import Change, Object
from eksgpu.sandbox.kubernetes.types.registry import StoreKey

REPLICA_SETS: StoreKey = ("apps", "replicasets")


class ReplicaSets:
    """Active pods are counted as they change, so that one pod among a thousand costs no look at the others."""

    heard: tuple[StoreKey, ...] = (REPLICA_SETS, PODS)

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._ready_by_pod: dict[str, dict[str, bool]] = {}

    def concerns(self, change: Change) -> Iterator[str]:
        if change.key == REPLICA_SETS:
            yield change.object["metadata"]["uid"]
        elif change.key == PODS:
            for uid in owner_uid(change.object, "ReplicaSet"):
                self._count(uid, change)
                yield uid

    def due(self) -> tuple[str, ...]:
        return ()

    def sync(self, item: str) -> None:
        found = self._cluster.store.by_uid(item)
        if found is None:
            self._ready_by_pod.pop(item, None)
            return
        if not found["metadata"].get("deletionTimestamp"):
            self._adjust(found)
        fresh = self._cluster.store.by_uid(item)
        if fresh is not None:
            set_status(self._cluster, REPLICA_SETS, fresh, _status(fresh, self._ready_by_pod.get(item, {})))

    def _count(self, owner: str, change: Change) -> None:
        held = self._ready_by_pod.setdefault(owner, {})
        uid = change.object["metadata"]["uid"]
        if change.type == "DELETED" or not is_active(change.object):
            held.pop(uid, None)
        else:
            held[uid] = is_ready(change.object)

    def _adjust(self, found: Object) -> None:
        missing = found["spec"]["replicas"] - len(self._ready_by_pod.get(found["metadata"]["uid"], ()))
        for _ in range(missing):
            if make_pod(self._cluster, found, found["spec"]["template"]) is None:
                return
        if missing < 0:
            active = [pod for pod in pods_of(self._cluster, found) if is_active(pod)]
            for pod in sorted(active, key=_keep_rank)[missing:]:
                remove_pod(self._cluster, found, pod)


def _keep_rank(pod: Object) -> tuple[Any, ...]:
    """The more worth keeping, the earlier: assigned, running, ready, old."""
    meta = pod["metadata"]
    return (
        not pod["spec"].get("nodeName"),
        pod["status"].get("phase") != "Running",
        not is_ready(pod),
        -int(meta.get("annotations", {}).get("controller.kubernetes.io/pod-deletion-cost", 0)),
        meta["creationTimestamp"],
        meta["name"],
    )


def _status(found: Object, ready_by_pod: dict[str, bool]) -> dict[str, Any]:
    ready, active = sum(ready_by_pod.values()), len(ready_by_pod)
    counts = {"fullyLabeledReplicas": active, "readyReplicas": ready, "availableReplicas": ready}
    return {
        "replicas": active,
        "observedGeneration": found["metadata"]["generation"],
        **{key: count for key, count in counts.items() if count},
    }

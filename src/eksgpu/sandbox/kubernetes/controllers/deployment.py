"""Deployments: a ReplicaSet for each template, moved to the newest one within surge and unavailability."""

from typing import Any

from eksgpu.sandbox.kubernetes.cluster import Cluster
from eksgpu.sandbox.kubernetes.controllers.owning import (
    at_least,
    condition,
    controlled,
    make,
    reference,
    set_status,
    template_hash,
)
from eksgpu.sandbox.kubernetes.controllers.replica_set import REPLICA_SETS
from eksgpu.sandbox.kubernetes.controllers.workload import Workloads
from eksgpu.sandbox.kubernetes.store import Object
from eksgpu.sandbox.kubernetes.types.registry import StoreKey
from eksgpu.sandbox.kubernetes.verbs.delete import Deletion, delete
from eksgpu.sandbox.kubernetes.verbs.events import Note, record
from eksgpu.sandbox.kubernetes.verbs.options import copy

DEPLOYMENTS: StoreKey = ("apps", "deployments")
REVISION = "deployment.kubernetes.io/revision"
_LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


class Deployments(Workloads):
    key, kind, children = DEPLOYMENTS, "Deployment", REPLICA_SETS

    def act(self, found: Object) -> None:
        sets = controlled(self._cluster, found, REPLICA_SETS)
        digest = template_hash(found["spec"]["template"])
        current = next((row for row in sets if row["metadata"]["labels"].get("pod-template-hash") == digest), None)
        if current is None and found["spec"].get("paused"):
            self._report(found, sets, None)
            return
        if current is None:
            current = self._new_set(found, sets, digest)
        old = [row for row in sets if row["metadata"]["uid"] != current["metadata"]["uid"]]
        self._revision(found, current, old)
        if not found["spec"].get("paused"):
            self._roll(found, current, old)
            self._clean(found, old)
        fresh = self._cluster.store.by_uid(found["metadata"]["uid"])
        if fresh is not None:
            now = controlled(self._cluster, fresh, REPLICA_SETS)
            self._report(fresh, now, current["metadata"]["uid"])

    def _new_set(self, found: Object, sets: list[Object], digest: str) -> Object:
        template = copy(found["spec"]["template"])
        meta = template.setdefault("metadata", {})
        meta["labels"] = {**meta.get("labels", {}), "pod-template-hash": digest}
        selector = copy(found["spec"]["selector"])
        selector["matchLabels"] = {**selector.get("matchLabels", {}), "pod-template-hash": digest}
        replicas = self._first_size(found, sets)
        made = make(
            self._cluster,
            {
                "apiVersion": "apps/v1",
                "kind": "ReplicaSet",
                "metadata": {
                    "name": f"{found['metadata']['name']}-{digest}",
                    "namespace": found["metadata"]["namespace"],
                    "labels": dict(meta["labels"]),
                    "annotations": _annotations(found, _next_revision(sets)),
                    "ownerReferences": [reference(found)],
                },
                "spec": {"replicas": replicas, "selector": selector, "template": template}
                | ({"minReadySeconds": found["spec"]["minReadySeconds"]} if "minReadySeconds" in found["spec"] else {}),
            },
        )
        self._say_scaled(found, made, 0, replicas)
        return made

    def _first_size(self, found: Object, sets: list[Object]) -> int:
        wanted: int = found["spec"]["replicas"]
        running = sum(row["spec"]["replicas"] for row in sets)
        if not running:
            return wanted
        if found["spec"]["strategy"]["type"] == "Recreate":
            return 0
        surge, _ = _bounds(found)
        return int(max(0, min(wanted, wanted + surge - running)))

    def _revision(self, found: Object, current: Object, old: list[Object]) -> None:
        """The newest template has the highest revision, and the Deployment shows it."""
        latest = _next_revision(old)
        held = int(current["metadata"].get("annotations", {}).get(REVISION, 0))
        number = max(held, latest)
        if number != held:
            self._annotate(REPLICA_SETS, current, str(number))
        if found["metadata"].get("annotations", {}).get(REVISION) != str(number):
            self._annotate(DEPLOYMENTS, found, str(number))

    def _annotate(self, key: StoreKey, stale: Object, number: str) -> None:
        found = self._cluster.store.by_uid(stale["metadata"]["uid"])
        if found is not None:
            meta = found["metadata"]
            annotated = {**meta, "annotations": {**meta.get("annotations", {}), REVISION: number}}
            self._cluster.store.put(key, {**found, "metadata": annotated})

    def _roll(self, found: Object, current: Object, old: list[Object]) -> None:
        wanted: int = found["spec"]["replicas"]
        running_old = [row for row in old if row["spec"]["replicas"]]
        if not running_old:
            still = any(row.get("status", {}).get("replicas") for row in old)
            if not (still and found["spec"]["strategy"]["type"] == "Recreate"):
                self._scale(found, current, wanted)
            return
        if found["spec"]["strategy"]["type"] == "Recreate":
            for row in running_old:
                self._scale(found, row, 0)
            return
        surge, unavailable = _bounds(found)
        total = sum(row["spec"]["replicas"] for row in [*old, current])
        room = max(0, wanted + surge - total)
        self._scale(found, current, max(current["spec"]["replicas"], min(wanted, current["spec"]["replicas"] + room)))
        self._scale_down(found, self._fresh(current), running_old, wanted - unavailable)

    def _scale_down(self, found: Object, current: Object, old: list[Object], least: int) -> None:
        """Old pods go as far as `least` stay available; those that never became ready go first."""
        sets = [current, *old]
        total = sum(row["spec"]["replicas"] for row in sets)
        new_missing = current["spec"]["replicas"] - current["status"].get("availableReplicas", 0)
        spare = total - least - new_missing
        for row in old:
            if spare <= 0:
                return
            take = min(spare, row["spec"]["replicas"])
            self._scale(found, row, row["spec"]["replicas"] - take)
            spare -= take

    def _fresh(self, stale: Object) -> Object:
        return self._cluster.store.by_uid(stale["metadata"]["uid"]) or stale

    def _scale(self, found: Object, stale: Object, replicas: int) -> None:
        row = self._fresh(stale)
        before = row["spec"]["replicas"]
        if before == replicas:
            return
        meta = {**row["metadata"], "generation": row["metadata"].get("generation", 1) + 1}
        self._cluster.store.put(REPLICA_SETS, {**row, "metadata": meta, "spec": {**row["spec"], "replicas": replicas}})
        self._say_scaled(found, row, before, replicas)

    def _say_scaled(self, found: Object, row: Object, before: int, after: int) -> None:
        word = "up" if after >= before else "down"
        text = f"Scaled {word} replica set {row['metadata']['name']} from {before} to {after}"
        record(self._cluster, found, Note("ScalingReplicaSet", text, "Normal", "deployment-controller"))

    def _clean(self, found: Object, old: list[Object]) -> None:
        """Keep as many empty ReplicaSets as the history limit says."""
        idle = [row for row in old if not row["spec"]["replicas"] and not row.get("status", {}).get("replicas")]
        idle.sort(key=lambda row: int(row["metadata"].get("annotations", {}).get(REVISION, 0)))
        for row in idle[: max(0, len(idle) - found["spec"].get("revisionHistoryLimit", 10))]:
            delete(self._cluster, self._cluster.types.of("apps/v1", "ReplicaSet"), self._fresh(row), Deletion())

    def _report(self, found: Object, sets: list[Object], current_uid: str | None) -> None:
        status = _status(self._cluster, found, sets, current_uid)
        set_status(self._cluster, DEPLOYMENTS, found, status)


def _status(cluster: Cluster, found: Object, sets: list[Object], current_uid: str | None) -> dict[str, Any]:
    wanted = found["spec"]["replicas"]
    current = next((row for row in sets if row["metadata"]["uid"] == current_uid), None)
    held = current["status"] if current else {}
    available = sum(row["status"].get("availableReplicas", 0) for row in sets)
    counts = {
        "replicas": sum(row["status"].get("replicas", 0) for row in sets),
        "updatedReplicas": held.get("replicas", 0),
        "readyReplicas": sum(row["status"].get("readyReplicas", 0) for row in sets),
        "availableReplicas": available,
        "unavailableReplicas": max(0, sum(row["spec"]["replicas"] for row in sets) - available),
    }
    _, unavailable = _bounds(found)
    old = found.get("status", {}).get("conditions")
    enough = available >= wanted - unavailable
    reason = "MinimumReplicasAvailable" if enough else "MinimumReplicasUnavailable"
    text = "Deployment has minimum availability." if enough else "Deployment does not have minimum availability."
    conditions = [condition(cluster, old, "Available", enough, (reason, text))]
    if current is not None:
        name = current["metadata"]["name"]
        is_done = counts["updatedReplicas"] == counts["replicas"] == available == wanted
        reason = "NewReplicaSetAvailable" if is_done else "ReplicaSetUpdated"
        text = f'ReplicaSet "{name}" ' + ("has successfully progressed." if is_done else "is progressing.")
        conditions.append(condition(cluster, old, "Progressing", True, (reason, text)))
    return {
        "observedGeneration": found["metadata"]["generation"],
        **{key: count for key, count in counts.items() if count},
        "conditions": conditions,
    }


def _bounds(found: Object) -> tuple[int, int]:
    """(surge, unavailable) in pods."""
    wanted, rolling = found["spec"]["replicas"], found["spec"]["strategy"].get("rollingUpdate")
    if rolling is None:
        return 0, wanted if found["spec"]["strategy"]["type"] == "Recreate" else 0
    surge = at_least(rolling.get("maxSurge"), wanted, up=True)
    unavailable = at_least(rolling.get("maxUnavailable"), wanted, up=False)
    return surge, unavailable if surge or unavailable else 1


def _next_revision(sets: list[Object]) -> int:
    return 1 + max((int(row["metadata"].get("annotations", {}).get(REVISION, 0)) for row in sets), default=0)


def _annotations(found: Object, revision: int) -> dict[str, str]:
    held = found["metadata"].get("annotations", {})
    kept = {key: value for key, value in held.items() if key not in (_LAST_APPLIED, REVISION)}
    return {**kept, REVISION: str(revision)}

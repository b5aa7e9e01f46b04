"""StatefulSets: pods with lasting names, made in order and removed from the end, each with its own claims."""

from typing import Any

from eksgpu.sandbox.kubernetes.cluster import PODS
from eksgpu.sandbox.kubernetes.controllers.owning import (
    is_active,
    is_ready,
    make,
    make_pod,
    pods_of,
    remove_pod,
    set_status,
    template_hash,
)
from eksgpu.sandbox.kubernetes.controllers.workload import Workloads
from eksgpu.sandbox.kubernetes.store import Object
from eksgpu.sandbox.kubernetes.types.registry import StoreKey
from eksgpu.sandbox.kubernetes.verbs.options import copy

STATEFUL_SETS: StoreKey = ("apps", "statefulsets")
CLAIMS: StoreKey = ("", "persistentvolumeclaims")
_HASH = "controller-revision-hash"


class StatefulSets(Workloads):
    key, kind, children = STATEFUL_SETS, "StatefulSet", PODS

    def act(self, found: Object) -> None:
        held = {_ordinal(pod): pod for pod in pods_of(self._cluster, found)}
        if not self._grow(found, held):
            self._shrink(found, held)
        self._report(found)

    def _grow(self, found: Object, held: dict[int, Object]) -> bool:
        """Make what is missing; with ordered pods, one must be ready before the next. True while it waits."""
        ordered = found["spec"].get("podManagementPolicy") != "Parallel"
        for at in range(found["spec"]["replicas"]):
            pod = held.get(at)
            if pod is not None and pod["status"].get("phase") in ("Succeeded", "Failed"):
                remove_pod(self._cluster, found, pod)
                return True
            if pod is None:
                self._make(found, at)
            if ordered and (pod is None or not is_ready(pod)):
                return True
        return False

    def _make(self, found: Object, at: int) -> None:
        name = f"{found['metadata']['name']}-{at}"
        labels = {
            _HASH: _revision(found),
            "apps.kubernetes.io/pod-index": str(at),
            "statefulset.kubernetes.io/pod-name": name,
        }
        volumes = [self._claim(found, template, name) for template in found["spec"].get("volumeClaimTemplates", ())]
        own = found["spec"]["template"]["spec"].get("volumes", [])
        spec: dict[str, Any] = {"hostname": name, "subdomain": found["spec"].get("serviceName", "")}
        if volumes:
            spec["volumes"] = [*copy(own), *volumes]
        make_pod(self._cluster, found, found["spec"]["template"], name=name, labels=labels, spec=spec)

    def _claim(self, found: Object, template: Object, pod: str) -> dict[str, Any]:
        """The volume of one claim, which is made when it does not exist yet and outlives its pod."""
        name, namespace = f"{template['metadata']['name']}-{pod}", found["metadata"]["namespace"]
        if self._cluster.store.get(CLAIMS, namespace, name) is None:
            meta = {"name": name, "namespace": namespace}
            labels = found["spec"]["selector"].get("matchLabels")
            new = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "spec": copy(template["spec"])}
            make(self._cluster, {**new, "metadata": meta | ({"labels": dict(labels)} if labels else {})})
        return {"name": template["metadata"]["name"], "persistentVolumeClaim": {"claimName": name}}

    def _shrink(self, found: Object, held: dict[int, Object]) -> None:
        """One at a time, the highest first: surplus pods, then those of an older template."""
        partition = found["spec"]["updateStrategy"].get("rollingUpdate", {}).get("partition", 0)
        for at in sorted(held, reverse=True):
            pod, is_surplus = held[at], at >= found["spec"]["replicas"]
            is_stale = pod["metadata"].get("labels", {}).get(_HASH) != _revision(found) and at >= partition
            if pod["metadata"].get("deletionTimestamp"):
                return
            if is_surplus or (is_stale and found["spec"]["updateStrategy"]["type"] == "RollingUpdate"):
                remove_pod(self._cluster, found, pod)
                return

    def _report(self, found: Object) -> None:
        active = [pod for pod in pods_of(self._cluster, found) if is_active(pod)]
        ready = sum(map(is_ready, active))
        revision = _revision(found)
        fresh = [pod for pod in active if pod["metadata"].get("labels", {}).get(_HASH) == revision]
        is_whole = len(fresh) == found["spec"]["replicas"] == ready
        current = revision if is_whole else found["status"].get("currentRevision", revision)
        counts = {"readyReplicas": ready, "currentReplicas": len(fresh), "updatedReplicas": len(fresh)}
        status = {
            "observedGeneration": found["metadata"]["generation"],
            "replicas": len(active),
            **{key: count for key, count in counts.items() if count},
            "availableReplicas": ready,
            "currentRevision": current,
            "updateRevision": revision,
            "collisionCount": 0,
        }
        set_status(self._cluster, STATEFUL_SETS, found, status)


def _ordinal(pod: Object) -> int:
    return int(pod["metadata"]["name"].rpartition("-")[2])


def _revision(found: Object) -> str:
    return f"{found['metadata']['name']}-{template_hash(found['spec']['template'])}"

"""DaemonSets: one pod on every node that the template's selectors and tolerations admit."""

from collections.abc import Iterator
from typing import Any

from eksgpu.sandbox.kubernetes.cluster import NODES, PODS, Cluster
from eksgpu.sandbox.kubernetes.controllers.owning import (
    at_least,
    is_active,
    is_ready,
    make_pod,
    owner_uid,
    pods_of,
    remove_pod,
    set_status,
    template_hash,
)
from eksgpu.sandbox.kubernetes.scheduler.nodes import admits, tolerates_all
from eksgpu.sandbox.kubernetes.store import Change, Object
from eksgpu.sandbox.kubernetes.types.registry import StoreKey
from eksgpu.sandbox.kubernetes.verbs.options import copy

DAEMON_SETS: StoreKey = ("apps", "daemonsets")
_HASH = "controller-revision-hash"
# What every daemon's pod tolerates, so that it runs where ordinary pods may not.
_TOLERATED = [
    {"key": f"node.kubernetes.io/{name}", "operator": "Exists", "effect": effect}
    for name, effect in (
        ("not-ready", "NoExecute"),
        ("unreachable", "NoExecute"),
        ("disk-pressure", "NoSchedule"),
        ("memory-pressure", "NoSchedule"),
        ("pid-pressure", "NoSchedule"),
        ("unschedulable", "NoSchedule"),
    )
]


class DaemonSets:
    heard: tuple[StoreKey, ...] = (DAEMON_SETS, PODS, NODES)

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    def concerns(self, change: Change) -> Iterator[str]:
        if change.key == DAEMON_SETS:
            yield change.object["metadata"]["uid"]
        elif change.key == PODS:
            yield from owner_uid(change.object, "DaemonSet")
        elif change.key == NODES and _matters(change):
            for found in self._cluster.store.all(DAEMON_SETS):
                yield found["metadata"]["uid"]

    def due(self) -> tuple[str, ...]:
        return ()

    def sync(self, item: str) -> None:
        found = self._cluster.store.by_uid(item)
        if found is None or found["metadata"].get("deletionTimestamp"):
            return
        spec = found["spec"]["template"]["spec"]
        probe = {**spec, "tolerations": [*spec.get("tolerations", ()), *_TOLERATED]}
        wanted = [node for node in self._cluster.store.all(NODES) if _fits(probe, node)]
        by_node = _by_node(pods_of(self._cluster, found))
        digest = template_hash(found["spec"]["template"])
        self._place(found, wanted, by_node, probe, digest)
        self._roll(found, [pod for pod in pods_of(self._cluster, found) if is_active(pod)], digest)
        set_status(self._cluster, DAEMON_SETS, found, self._status(found, wanted, digest))

    def _place(
        self,
        found: Object,
        wanted: list[Object],
        by_node: dict[str, list[Object]],
        probe: dict[str, Any],
        digest: str,
    ) -> None:
        names = {node["metadata"]["name"] for node in wanted}
        for name in names & by_node.keys():
            for pod in by_node[name]:
                if pod["status"].get("phase") == "Failed" and not pod["metadata"].get("deletionTimestamp"):
                    remove_pod(self._cluster, found, pod)
        for node in wanted:
            name = node["metadata"]["name"]
            if not any(is_active(pod) or pod["metadata"].get("deletionTimestamp") for pod in by_node.get(name, ())):
                self._make(found, name, probe, digest)
        for name in by_node.keys() - names:
            for pod in by_node[name]:
                if is_active(pod):
                    remove_pod(self._cluster, found, pod)

    def _make(self, found: Object, node: str, probe: dict[str, Any], digest: str) -> None:
        affinity = copy(probe.get("affinity", {}))
        term = {"matchFields": [{"key": "metadata.name", "operator": "In", "values": [node]}]}
        required = {"nodeSelectorTerms": [term]}
        held = affinity.setdefault("nodeAffinity", {})
        held["requiredDuringSchedulingIgnoredDuringExecution"] = required
        make_pod(
            self._cluster, found, found["spec"]["template"], labels={_HASH: digest},
            spec={"affinity": affinity, "tolerations": probe["tolerations"]},
        )  # fmt: skip

    def _roll(self, found: Object, active: list[Object], digest: str) -> None:
        """Replace pods of older templates, a few at a time."""
        strategy = found["spec"]["updateStrategy"]
        stale = [pod for pod in active if not _is_fresh(pod, digest)]
        if strategy["type"] != "RollingUpdate" or not stale:
            return
        down = sum(not is_ready(pod) for pod in active if _is_fresh(pod, digest))
        room = at_least(strategy.get("rollingUpdate", {}).get("maxUnavailable", 1), len(active), up=True) - down
        unready = [pod for pod in stale if not is_ready(pod)]
        ready = [pod for pod in stale if is_ready(pod)]
        for pod in [*unready, *ready[: max(0, room)]]:
            remove_pod(self._cluster, found, pod)

    def _status(self, found: Object, wanted: list[Object], digest: str) -> dict[str, Any]:
        active = [pod for pod in pods_of(self._cluster, found) if is_active(pod)]
        ready = sum(map(is_ready, active))
        names = {node["metadata"]["name"] for node in wanted}
        placed = [pod for pod in active if _node(pod) in names]
        fresh = [pod for pod in placed if _is_fresh(pod, digest)]
        counts = {
            "updatedNumberScheduled": len(fresh),
            "numberAvailable": ready,
            "numberUnavailable": max(0, len(wanted) - ready),
        }
        return {
            "currentNumberScheduled": len(placed),
            "desiredNumberScheduled": len(wanted),
            "numberMisscheduled": len(active) - len(placed),
            "numberReady": ready,
            "observedGeneration": found["metadata"]["generation"],
            **{key: count for key, count in counts.items() if count},
        }


def _matters(change: Change) -> bool:
    """Heartbeats and capacity do not; labels, taints and cordons do."""
    if change.old is None or change.type == "DELETED":
        return True
    parts = ("labels", "deletionTimestamp")
    old, new = change.old["metadata"], change.object["metadata"]
    return change.old.get("spec") != change.object.get("spec") or any(old.get(part) != new.get(part) for part in parts)


def _fits(spec: dict[str, Any], node: Object) -> bool:
    return admits(spec, node) and tolerates_all(spec["tolerations"], node, ("NoSchedule", "NoExecute"))


def _by_node(pods: list[Object]) -> dict[str, list[Object]]:
    found: dict[str, list[Object]] = {}
    for pod in pods:
        found.setdefault(_node(pod), []).append(pod)
    return found


def _node(pod: Object) -> str:
    """Where a daemon's pod is, or is meant to be."""
    if pod["spec"].get("nodeName"):
        return str(pod["spec"]["nodeName"])
    affinity = pod["spec"]["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    return str(affinity["nodeSelectorTerms"][0]["matchFields"][0]["values"][0])


def _is_fresh(pod: Object, digest: str) -> bool:
    return bool(pod["metadata"].get("labels", {}).get(_HASH) == digest)

"""Subresources of pods that change them: binding to a node, and eviction within disruption budgets."""

from typing import Any

from eksgpu.sandbox.kubernetes import selectors
from eksgpu.sandbox.kubernetes.cluster import PODS, Cluster
from eksgpu.sandbox.kubernetes.failure import cause, conflict, too_many_requests
from eksgpu.sandbox.kubernetes.store import Object
from eksgpu.sandbox.kubernetes.types.registry import ResourceType, StoreKey
from eksgpu.sandbox.kubernetes.verbs.delete import Deletion, delete

BUDGETS: StoreKey = ("policy", "poddisruptionbudgets")


def bind(cluster: Cluster, kind: ResourceType, pod: Object, node: str) -> Object:
    """Assign a pod to a node, as a scheduler does. Raises ApiError 409 when it has one."""
    name = pod["metadata"]["name"]
    if pod["spec"].get("nodeName"):
        raise conflict(kind, name, f"pod {name} is already assigned to node {pod['spec']['nodeName']!r}")
    status = {key: value for key, value in pod.get("status", {}).items() if key != "nominatedNodeName"}
    others = [row for row in status.get("conditions", ()) if row["type"] != "PodScheduled"]
    scheduled = {"type": "PodScheduled", "status": "True", "lastTransitionTime": cluster.now()}
    new = {
        **pod,
        "metadata": dict(pod["metadata"]),
        "spec": {**pod["spec"], "nodeName": node},
        "status": {**status, "conditions": [*others, scheduled]},
    }
    cluster.store.put(PODS, new)
    return new


def evict(cluster: Cluster, kind: ResourceType, pod: Object, eviction: Any) -> None:
    """Delete a pod unless a disruption budget forbids it. Raises ApiError 429 then."""
    asked = eviction.get("deleteOptions") if isinstance(eviction, dict) else None
    how = Deletion.of(asked, {})
    if pod["status"].get("phase") not in ("Succeeded", "Failed", "Pending"):
        _within_budget(cluster, pod, dry_run=how.dry_run)
    delete(cluster, kind, pod, how)


def covering(cluster: Cluster, pod: Object) -> list[Object]:
    """The disruption budgets that select a pod."""
    labels = pod["metadata"].get("labels", {})
    return [
        budget
        for budget in cluster.store.list(BUDGETS, pod["metadata"]["namespace"])
        if selectors.matches(budget["spec"].get("selector"), labels)
    ]


def _within_budget(cluster: Cluster, pod: Object, *, dry_run: bool) -> None:
    for budget in covering(cluster, pod):
        status = budget.get("status", {})
        if status.get("disruptionsAllowed", 0) > 0:
            if not dry_run:
                left = {**status, "disruptionsAllowed": status["disruptionsAllowed"] - 1}
                cluster.store.put(BUDGETS, {**budget, "metadata": dict(budget["metadata"]), "status": left})
            continue
        name = budget["metadata"]["name"]
        message = (
            f"The disruption budget {name} needs {status.get('desiredHealthy', 0)} healthy pods and has "
            f"{status.get('currentHealthy', 0)} currently"
        )
        raise too_many_requests(
            "Cannot evict pod as it would violate the pod's disruption budget.",
            [cause("", "DisruptionBudget", message)],
        )

"""What the scheduler writes: that a pod has a node, why it has none, and that another has to go for it."""

from eksgpu.sandbox.kubernetes.cluster import PODS, Cluster
from eksgpu.sandbox.kubernetes.scheduler.book import Room
from eksgpu.sandbox.kubernetes.store import Object
from eksgpu.sandbox.kubernetes.verbs.delete import Deletion, delete
from eksgpu.sandbox.kubernetes.verbs.events import Note, record
from eksgpu.sandbox.kubernetes.verbs.pods import bind

NAME = "default-scheduler"


def bound(cluster: Cluster, pod: Object, node: str) -> None:
    """Bind a pod to its node."""
    meta = pod["metadata"]
    text = f"Successfully assigned {meta['namespace']}/{meta['name']} to {node}"
    done = bind(cluster, cluster.types.of("v1", "Pod"), pod, node)
    record(cluster, done, Note("Scheduled", text, "Normal", NAME, "Binding"))


def refused(cluster: Cluster, pod: Object, why: str, room: Room | None = None) -> None:
    """Say once why a pod waits; `room`: where others go for it."""
    node = {"nominatedNodeName": room.name} if room is not None else {}
    if said(pod) == why and pod["status"].get("nominatedNodeName") == node.get("nominatedNodeName"):
        return
    new = _with_condition(cluster, pod, "PodScheduled", ("False", "Unschedulable", why))
    new["status"] = {key: value for key, value in new["status"].items() if key != "nominatedNodeName"} | node
    cluster.store.put(PODS, new)
    record(cluster, new, Note("FailedScheduling", why, "Warning", NAME, "Scheduling"))


def said(pod: Object) -> str:
    """Why the pod waits, as it was said last."""
    rows = pod["status"].get("conditions", ())
    return next((str(row.get("message", "")) for row in rows if row["type"] == "PodScheduled"), "")


def sent_away(cluster: Cluster, victim: Object, pod: Object, node: str) -> None:
    """End a pod for the sake of another, unless it is ending already."""
    if victim["metadata"].get("deletionTimestamp"):
        return
    text = f"{NAME}: preempting to accommodate a higher priority pod"
    marked = _with_condition(cluster, victim, "DisruptionTarget", ("True", "PreemptionByScheduler", text))
    cluster.store.put(PODS, marked)
    text = f"Preempted by pod {pod['metadata']['uid']} on node {node}"
    record(cluster, marked, Note("Preempted", text, "Normal", NAME, "Preempting", pod))
    delete(cluster, cluster.types.of("v1", "Pod"), marked, Deletion())


def _with_condition(cluster: Cluster, pod: Object, kind: str, row: tuple[str, str, str]) -> Object:
    """The pod with a condition of this kind; `row`: status, reason and message."""
    status, reason, message = row
    others = [held for held in pod["status"].get("conditions", ()) if held["type"] != kind]
    new = {
        "type": kind,
        "status": status,
        "lastTransitionTime": cluster.now(),
        "reason": reason,
        "message": message,
    }
    held = {**pod["status"], "conditions": [*others, new]}
    return {**pod, "metadata": dict(pod["metadata"]), "status": held}

"""Events about objects, as components record them: the same news again is counted, not repeated."""

import hashlib
from dataclasses import dataclass

from eksgpu.sandbox.kubernetes.cluster import Cluster
from eksgpu.sandbox.kubernetes.store import Object
from eksgpu.sandbox.kubernetes.types.registry import StoreKey

EVENTS: StoreKey = ("", "events")


@dataclass(frozen=True)
class Note:
    """`type` is Normal or Warning; `source` the component that speaks."""

    reason: str
    message: str
    type: str = "Normal"
    source: str = ""


def record(cluster: Cluster, about: Object, note: Note) -> None:
    """Write an Event on `about`, in its namespace; cluster-wide objects' events are in `default`."""
    meta = about["metadata"]
    namespace = meta.get("namespace", "default")
    if cluster.namespace(namespace) is None:
        return
    name = f"{meta['name']}.{_digest(meta.get('uid', ''), note)}"
    old = cluster.store.get(EVENTS, namespace, name)
    now = cluster.now()
    if old is not None:
        counted = {"count": old.get("count", 1) + 1, "lastTimestamp": now}
        cluster.store.put(EVENTS, {**old, "metadata": dict(old["metadata"]), **counted})
        return
    reference = {"apiVersion": about["apiVersion"], "kind": about["kind"], "name": meta["name"]}
    reference |= {key: meta[key] for key in ("namespace", "uid", "resourceVersion") if key in meta}
    own = {"name": name, "namespace": namespace, "uid": cluster.new_uid(), "creationTimestamp": now}
    cluster.store.put(
        EVENTS,
        {
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": own,
            "involvedObject": reference,
            "reason": note.reason,
            "message": note.message,
            "type": note.type,
            "count": 1,
            "firstTimestamp": now,
            "lastTimestamp": now,
            "source": {"component": note.source},
            "reportingComponent": note.source,
            "reportingInstance": "",
        },
    )


def _digest(uid: str, note: Note) -> str:
    text = "\0".join((uid, note.reason, note.message, note.type, note.source))
    return hashlib.sha256(text.encode()).hexdigest()[:16]

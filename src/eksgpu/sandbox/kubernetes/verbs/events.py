"""Events about objects, as components record them: the same news again is counted, not repeated."""

import hashlib
from dataclasses import dataclass
from typing import Any

from eksgpu.sandbox.kubernetes.cluster import Cluster
from eksgpu.sandbox.kubernetes.store import Object
from eksgpu.sandbox.kubernetes.types.registry import StoreKey

EVENTS: StoreKey = ("", "events")
_HOST = "sandbox"


@dataclass(frozen=True)
class Note:
    """`type` is Normal or Warning; `source` the component that speaks.

    action, related: of components that record through events.k8s.io, as the scheduler does; "" for all others.
    """

    reason: str
    message: str
    type: str = "Normal"
    source: str = ""
    action: str = ""
    related: Object | None = None


def record(cluster: Cluster, about: Object, note: Note) -> None:
    """Write an Event on `about`, in its namespace; cluster-wide objects' events are in `default`."""
    meta = about["metadata"]
    namespace = meta.get("namespace", "default")
    if cluster.namespace(namespace) is None:
        return
    name = f"{meta['name']}.{_digest(meta.get('uid', ''), note)}"
    old = cluster.store.get(EVENTS, namespace, name)
    if old is not None:
        cluster.store.put(EVENTS, {**old, "metadata": dict(old["metadata"]), **_again(cluster, old)})
        return
    own = {"name": name, "namespace": namespace, "uid": cluster.new_uid(), "creationTimestamp": cluster.now()}
    cluster.store.put(
        EVENTS,
        {
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": own,
            "involvedObject": _reference(about),
            "reason": note.reason,
            "message": note.message,
            "type": note.type,
            **_first(cluster, note),
        },
    )


def _first(cluster: Cluster, note: Note) -> dict[str, Any]:
    """When it happened and who says so, as the component's recorder writes it."""
    if note.action:
        related = {} if note.related is None else {"related": _reference(note.related)}
        return {
            "action": note.action,
            "eventTime": cluster.now(exact=True),
            "firstTimestamp": None,
            "lastTimestamp": None,
            "source": {},
            "reportingComponent": note.source,
            "reportingInstance": f"{note.source}-{_HOST}",
            **related,
        }
    now = cluster.now()
    return {
        "count": 1,
        "eventTime": None,
        "firstTimestamp": now,
        "lastTimestamp": now,
        "source": {"component": note.source},
        "reportingComponent": note.source,
        "reportingInstance": "",
    }


def _again(cluster: Cluster, old: Object) -> dict[str, Any]:
    if old.get("eventTime"):
        count = old.get("series", {}).get("count", 1) + 1
        return {"series": {"count": count, "lastObservedTime": cluster.now(exact=True)}}
    return {"count": old.get("count", 1) + 1, "lastTimestamp": cluster.now()}


def _reference(about: Object) -> dict[str, str]:
    meta = about["metadata"]
    found = {"apiVersion": about["apiVersion"], "kind": about["kind"], "name": meta["name"]}
    return found | {key: meta[key] for key in ("namespace", "uid", "resourceVersion") if key in meta}


def _digest(uid: str, note: Note) -> str:
    text = "\0".join((uid, note.reason, note.message, note.type, note.source))
    return hashlib.sha256(text.encode()).hexdigest()[:16]

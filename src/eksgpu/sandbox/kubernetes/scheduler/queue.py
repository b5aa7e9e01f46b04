"""The scheduler's queue: pending pods by equal wishes, tried when they come and again when something frees room.

Many equal pods cost little: when one finds no node, the others of its kind are not tried. The message of a large group
is written once and not renewed with every new node.
"""

from collections.abc import Iterator
from typing import Any

import orjson

from eksgpu.sandbox.kubernetes.cluster import NODES, PODS, Cluster
from eksgpu.sandbox.kubernetes.scheduler.book import Book
from eksgpu.sandbox.kubernetes.scheduler.placement import Wish, candidates, choose, message
from eksgpu.sandbox.kubernetes.store import Change, Object
from eksgpu.sandbox.kubernetes.verbs.events import Note, record
from eksgpu.sandbox.kubernetes.verbs.pods import bind

NAME = "default-scheduler"
_RENEWED = 50
_WISHES = ("nodeSelector", "affinity", "tolerations", "topologySpreadConstraints", "overhead", "schedulingGates")


class Scheduler:
    """The one item of its work is "schedule"."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._book = Book()
        self._groups: dict[bytes, dict[str, None]] = {}
        self._group_of: dict[str, bytes] = {}
        self._fresh: dict[bytes, None] = {}

    def concerns(self, change: Change) -> Iterator[str]:
        if change.key == NODES:
            self._hear_node(change)
        elif change.key == PODS:
            self._hear_pod(change)
        else:
            return
        if self._fresh:
            yield "schedule"

    def due(self) -> tuple[str, ...]:
        return ()

    def sync(self, _item: str) -> None:
        fresh, self._fresh = self._fresh, {}
        for group in sorted(fresh, key=self._rank):
            self._schedule(group)

    def _hear_node(self, change: Change) -> None:
        name = change.object["metadata"]["name"]
        if change.type == "DELETED":
            self._book.drop_node(name)
        else:
            self._book.put_node(change.object)
        if change.old is None or change.type == "DELETED" or _offers_more(change.old, change.object):
            self._fresh.update(dict.fromkeys(self._groups))

    def _hear_pod(self, change: Change) -> None:
        pod, uid = change.object, change.object["metadata"]["uid"]
        ended = change.type == "DELETED" or pod["status"].get("phase") in ("Succeeded", "Failed")
        if ended:
            self._leave(uid)
            if self._book.drop_pod(uid):
                self._fresh.update(dict.fromkeys(self._groups))
        elif pod["spec"].get("nodeName"):
            self._leave(uid)
            self._book.put_pod(pod)
        elif _is_ours(pod):
            self._join(pod)
        else:
            self._leave(uid)

    def _join(self, pod: Object) -> None:
        uid, group = pod["metadata"]["uid"], _group(pod)
        if self._group_of.get(uid) == group:
            return
        self._leave(uid)
        self._group_of[uid] = group
        self._groups.setdefault(group, {})[uid] = None
        self._fresh[group] = None

    def _leave(self, uid: str) -> None:
        group = self._group_of.pop(uid, None)
        if group is not None:
            self._groups[group].pop(uid)
            if not self._groups[group]:
                del self._groups[group]

    def _rank(self, group: bytes) -> tuple[int, str]:
        pods = self._groups.get(group)
        first = self._cluster.store.by_uid(next(iter(pods))) if pods else None
        if first is None:
            return 0, ""
        return -first["spec"].get("priority", 0), first["metadata"]["creationTimestamp"]

    def _schedule(self, group: bytes) -> None:
        waiting = list(self._groups.get(group, ()))
        if not waiting:
            return
        first = self._cluster.store.by_uid(waiting[0])
        assert first is not None
        wish = Wish(first)
        suited, unsuited = candidates(wish, self._book)
        for at, uid in enumerate(waiting):
            room, full = choose(wish, suited, self._book)
            if room is None:
                why = message(len(self._book.rooms), unsuited | full)
                self._refuse(waiting[at:], why)
                return
            self._bind(uid, room.node["metadata"]["name"])

    def _bind(self, uid: str, node: str) -> None:
        pod = self._cluster.store.by_uid(uid)
        assert pod is not None
        bound = bind(self._cluster, self._cluster.types.of("v1", "Pod"), pod, node)
        meta = pod["metadata"]
        text = f"Successfully assigned {meta['namespace']}/{meta['name']} to {node}"
        record(self._cluster, bound, Note("Scheduled", text, "Normal", NAME))

    def _refuse(self, uids: list[str], why: str) -> None:
        is_small = len(uids) <= _RENEWED
        for uid in uids:
            pod = self._cluster.store.by_uid(uid)
            assert pod is not None
            said = _said(pod)
            if said == why or (said and not is_small):
                continue
            self._say(pod, why)

    def _say(self, pod: Object, why: str) -> None:
        status = pod["status"]
        others = [row for row in status.get("conditions", ()) if row["type"] != "PodScheduled"]
        row = {
            "type": "PodScheduled",
            "status": "False",
            "lastTransitionTime": self._cluster.now(),
            "reason": "Unschedulable",
            "message": why,
        }
        new = {**pod, "metadata": dict(pod["metadata"]), "status": {**status, "conditions": [*others, row]}}
        self._cluster.store.put(PODS, new)
        record(self._cluster, new, Note("FailedScheduling", why, "Warning", NAME))


def _is_ours(pod: Object) -> bool:
    return (
        pod["spec"].get("schedulerName", NAME) == NAME
        and not pod["metadata"].get("deletionTimestamp")
        and not pod["spec"].get("schedulingGates")
    )


def _group(pod: Object) -> bytes:
    """Equal for pods that fit in the same places."""
    spec = pod["spec"]
    wish: dict[str, Any] = {key: spec[key] for key in _WISHES if key in spec}
    for kind in ("containers", "initContainers"):
        wish[kind] = [[row.get("resources"), row.get("ports"), row.get("restartPolicy")] for row in spec.get(kind, ())]
    meta = pod["metadata"]
    return orjson.dumps([wish, spec.get("priority", 0), meta.get("namespace"), meta.get("labels")])


def _said(pod: Object) -> str:
    rows = pod["status"].get("conditions", ())
    return next((str(row.get("message", "")) for row in rows if row["type"] == "PodScheduled"), "")


def _offers_more(old: Object, new: Object) -> bool:
    """Whether a changed node could take a pod that it could not take before."""
    if old.get("spec") != new.get("spec") or old["metadata"].get("labels") != new["metadata"].get("labels"):
        return True
    return bool(old.get("status", {}).get("allocatable") != new.get("status", {}).get("allocatable"))

"""The scheduler's queue: pending pods by equal wishes, tried when they come and again when something frees room.

Many equal pods cost little: when one finds no node, the others of its kind are not tried. The message of a large group
is written once and not renewed with every new node.
"""

from collections.abc import Iterator
from typing import Any

import orjson

from eksgpu.sandbox.kubernetes.cluster import NODES, PODS, Cluster
from eksgpu.sandbox.kubernetes.scheduler import verdicts
from eksgpu.sandbox.kubernetes.scheduler.book import Book, Room
from eksgpu.sandbox.kubernetes.scheduler.placement import Search, Wish, message
from eksgpu.sandbox.kubernetes.scheduler.preemption import ENDING, NEVER, best_offer, is_ending
from eksgpu.sandbox.kubernetes.store import Change, Object
from eksgpu.sandbox.kubernetes.types.registry import StoreKey

_RENEWED = 50
_WISHES = ("nodeSelector", "affinity", "tolerations", "topologySpreadConstraints", "overhead", "schedulingGates",
           "preemptionPolicy")  # fmt: skip


class Scheduler:
    """The one item of its work is "schedule"."""

    heard: tuple[StoreKey, ...] = (NODES, PODS)

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
        self._book.withdraw(uid)
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
        # Those first for whom others have made room.
        waiting = sorted(self._groups.get(group, ()), key=lambda uid: uid not in self._book.nominated)
        if not waiting:
            return
        wish = Wish(self._pod(waiting[0]))
        search = Search(wish, self._book)
        for at, uid in enumerate(waiting):
            kept = self._book.withdraw(uid)
            if kept is not None:
                search.changed(kept)
            room = kept if kept is not None and search.has_room(kept) else search.best()
            if room is not None:
                verdicts.bound(self._cluster, self._pod(uid), room.name)
            else:
                room, why = self._preempt(self._pod(uid), wish, search, kept)
                text = message(len(self._book.rooms), search.rejected, why)
                if room is None and kept is None:
                    self._refuse(waiting[at:], text)
                    return
                verdicts.refused(self._cluster, self._pod(uid), text, room)
            if room is not None:
                search.changed(room)

    def _preempt(self, pod: Object, wish: Wish, search: Search, kept: Room | None) -> tuple[Room | None, str]:
        """The node where others go, or have gone, for a pod; None, and why they do not."""
        if wish.spec.get("preemptionPolicy") == "Never":
            return None, NEVER
        if kept is not None and is_ending(self._cluster, wish, kept):
            self._book.nominate(pod, kept)
            return kept, ENDING
        offer, why = best_offer(self._cluster, wish, search.rejected, self._book)
        if offer is None:
            return None, why
        for victim in offer.victims:
            verdicts.sent_away(self._cluster, victim, pod, offer.room.name)
        self._book.nominate(pod, offer.room)
        return offer.room, ""

    def _pod(self, uid: str) -> Object:
        pod = self._cluster.store.by_uid(uid)
        assert pod is not None
        return pod

    def _refuse(self, uids: list[str], why: str) -> None:
        is_small = len(uids) <= _RENEWED
        for uid in uids:
            pod = self._pod(uid)
            if is_small or not verdicts.said(pod):
                verdicts.refused(self._cluster, pod, why)


def _is_ours(pod: Object) -> bool:
    return (
        pod["spec"].get("schedulerName", verdicts.NAME) == verdicts.NAME
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


def _offers_more(old: Object, new: Object) -> bool:
    """Whether a changed node could take a pod that it could not take before."""
    if old.get("spec") != new.get("spec") or old["metadata"].get("labels") != new["metadata"].get("labels"):
        return True
    return bool(old.get("status", {}).get("allocatable") != new.get("status", {}).get("allocatable"))

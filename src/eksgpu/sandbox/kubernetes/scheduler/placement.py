"""Choosing a node: the filters of kube-scheduler in their order, then its least-allocated score.

Filters say why a node is out in the scheduler's own words. Volumes and dynamic resources are left out.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from eksgpu.sandbox.kubernetes.scheduler.book import Book, Room
from eksgpu.sandbox.kubernetes.scheduler.nodes import admits, named, preference, tolerates_all
from eksgpu.sandbox.kubernetes.scheduler.resources import PODS, Amounts, host_ports, requests
from eksgpu.sandbox.kubernetes.scheduler.topology import Topology
from eksgpu.sandbox.kubernetes.store import Object

Score = tuple[float, ...]
_UNSCHEDULABLE = {"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}


@dataclass(frozen=True)
class Rejection:
    """Why a node is out. `final`: no preemption could help."""

    reasons: tuple[str, ...]
    final: bool = False


_UNNAMED = Rejection(("node(s) didn't satisfy plugin(s) [NodeAffinity]",), final=True)


@dataclass
class Wish:
    """What one kind of pod needs; pods of equal wishes share it."""

    pod: Object
    spec: dict[str, Any] = field(init=False)
    amounts: Amounts = field(init=False)
    ports: frozenset[tuple[str, int]] = field(init=False)
    priority: int = field(init=False)

    def __post_init__(self) -> None:
        self.spec = self.pod["spec"]
        self.amounts = requests(self.spec)
        self.ports = host_ports(self.spec)
        self.priority = self.spec.get("priority", 0)


class Search:
    """The nodes for pods of one wish. Each is looked at once, and again when a pod has been placed there."""

    def __init__(self, wish: Wish, book: Book) -> None:
        self.rejected: dict[str, Rejection] = {}
        self._wish = wish
        self._book = book
        self._is_social = _is_social(wish.spec)
        self._suited: list[Room] = []
        self._scores: dict[str, Score] = {}
        only = named(wish.spec)
        for name in book.rooms if only is None else only & book.rooms.keys():
            room = book.rooms[name]
            reason = _unsuited(wish.spec, room.node)
            if reason:
                self.rejected[name] = Rejection((reason,), final=True)
            else:
                self._suited.append(room)
        if only is not None:
            self.rejected |= dict.fromkeys(book.rooms.keys() - only, _UNNAMED)
        self._look(self._suited)

    def best(self) -> Room | None:
        """The best of the nodes that have room; None when `rejected` says of each what is wrong with it."""
        if not self._scores:
            return None
        return self._book.rooms[max(self._scores, key=self._scores.__getitem__)]

    def has_room(self, room: Room) -> bool:
        """Whether this node is among those that have room."""
        return room.name in self._scores

    def changed(self, room: Room) -> None:
        """Look again at a node that was given a pod, or is kept for one: at all where pods look at each other."""
        if self._is_social:
            self._scores.clear()
        self._look(self._suited if self._is_social else [room])

    def _look(self, rooms: Iterable[Room]) -> None:
        topology = _topology(self._wish, self._book)
        for room in rooms:
            name = room.name
            rejection = _full(self._wish, room) or _unsocial(topology, room)
            if rejection is None:
                self.rejected.pop(name, None)
                self._scores[name] = _score(self._wish, room, topology)
            else:
                self._scores.pop(name, None)
                self.rejected[name] = rejection


def rejection(wish: Wish, room: Room, book: Book) -> Rejection | None:
    """What is wrong with a suited node as things stand in the book; None when it has room."""
    return _full(wish, room) or _unsocial(_topology(wish, book), room)


def message(total: int, rejected: Mapping[str, Rejection], no_preemption: str = "") -> str:
    """Why no node takes the pod, as kube-scheduler 1.35 says it, and why nobody has to go for it."""
    if not total:
        return "no nodes available to schedule pods"
    reasons = [reason for one in rejected.values() for reason in one.reasons]
    text = f"0/{total} nodes are available: {histogram(reasons)}."
    return f"{text} no new claims to deallocate, preemption: {no_preemption}" if no_preemption else text


def histogram(reasons: list[str]) -> str:
    """`2 Insufficient cpu, 1 Too many pods`."""
    return ", ".join(sorted(f"{reasons.count(reason)} {reason}" for reason in set(reasons)))


def _topology(wish: Wish, book: Book) -> Topology | None:
    return Topology(wish.pod, book) if _is_social(wish.spec) or book.unsocial else None


def _unsuited(spec: dict[str, Any], node: Object) -> str:
    tolerations = spec.get("tolerations", ())
    if node.get("spec", {}).get("unschedulable"):
        cordoned = {"spec": {"taints": [_UNSCHEDULABLE]}}
        if not tolerates_all(tolerations, cordoned):
            return "node(s) were unschedulable"
    if not tolerates_all(tolerations, node):
        return "node(s) had untolerated taint(s)"
    if not admits(spec, node):
        return "node(s) didn't match Pod's node affinity/selector"
    return ""


def _full(wish: Wish, room: Room) -> Rejection | None:
    awaited = [seat for seat in room.awaited.values() if seat.priority >= wish.priority]
    ports = room.ports().union(*(seat.ports for seat in awaited)) if wish.ports else set()
    if wish.ports & ports:
        return Rejection(("node(s) didn't have free ports for the requested pod ports",))
    kept = {name: sum(seat.amounts.get(name, 0) for seat in awaited) for name in wish.amounts} if awaited else {}
    short = [
        name
        for name, amount in wish.amounts.items()
        if amount > room.has.get(name, 0) - room.used.get(name, 0) - kept.get(name, 0)
    ]
    if not short:
        return None
    too_big = any(wish.amounts[name] > room.has.get(name, 0) for name in short)
    return Rejection(tuple(_shortages(short)), final=too_big)


def _unsocial(topology: Topology | None, room: Room) -> Rejection | None:
    reason = topology.rejection(room) if topology else ""
    return Rejection((reason,)) if reason else None


def _shortages(short: list[str]) -> Iterator[str]:
    for name in short:
        yield "Too many pods" if name == PODS else f"Insufficient {name}"


def _is_social(spec: dict[str, Any]) -> bool:
    """Whether other pods matter to this one."""
    affinity = spec.get("affinity", {})
    return bool(spec.get("topologySpreadConstraints") or "podAffinity" in affinity or "podAntiAffinity" in affinity)


def _score(wish: Wish, room: Room, topology: Topology | None) -> Score:
    """Preferences first, then an even spread, then the emptier node; equal ones keep the order of their making."""
    free = 0.0
    for name in ("cpu", "memory"):
        has = room.has.get(name, 0)
        free += (has - room.used.get(name, 0) - wish.amounts.get(name, 0)) / has if has else 0.0
    wanted = preference(wish.spec, room.node) if "affinity" in wish.spec else 0
    tolerations = wish.spec.get("tolerations", ())
    soft = (
        tolerates_all(tolerations, room.node, ("PreferNoSchedule",)) if "taints" in room.node.get("spec", {}) else True
    )
    return wanted, soft, -(topology.crowding(room) if topology else 0), round(free, 6), -len(room.pods)

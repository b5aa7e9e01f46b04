"""Choosing a node: the filters of kube-scheduler in their order, then its least-allocated score.

Filters say why a node is out in the scheduler's own words. Volumes, preemption and dynamic resources are left out.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from eksgpu.sandbox.kubernetes.scheduler.book import Book, Room
from eksgpu.sandbox.kubernetes.scheduler.nodes import admits, preference, tolerates_all
from eksgpu.sandbox.kubernetes.scheduler.resources import PODS, Amounts, host_ports, requests
from eksgpu.sandbox.kubernetes.scheduler.topology import Topology
from eksgpu.sandbox.kubernetes.store import Object

_UNSCHEDULABLE = {"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}


@dataclass(frozen=True)
class Rejection:
    """Why a node is out. `final`: no preemption could help."""

    reasons: tuple[str, ...]
    final: bool = False


@dataclass
class Wish:
    """What one kind of pod needs; pods of equal wishes share it."""

    pod: Object
    spec: dict[str, Any] = field(init=False)
    amounts: Amounts = field(init=False)
    ports: frozenset[tuple[str, int]] = field(init=False)

    def __post_init__(self) -> None:
        self.spec = self.pod["spec"]
        self.amounts = requests(self.spec)
        self.ports = host_ports(self.spec)


def candidates(wish: Wish, book: Book) -> tuple[list[Room], dict[str, Rejection]]:
    """Nodes that suit the pod but for room on them, and why the others do not."""
    suited: list[Room] = []
    rejected: dict[str, Rejection] = {}
    for name, room in book.rooms.items():
        reason = _unsuited(wish.spec, room.node)
        if reason:
            rejected[name] = Rejection((reason,), final=True)
        else:
            suited.append(room)
    return suited, rejected


def choose(wish: Wish, suited: list[Room], book: Book) -> tuple[Room | None, dict[str, Rejection]]:
    """The best of the suited nodes that have room; None, and what is wrong with each."""
    rejected: dict[str, Rejection] = {}
    best: Room | None = None
    best_score: tuple[float, ...] = ()
    topology = Topology(wish.pod, book) if _is_social(wish.spec) or book.unsocial else None
    for room in suited:
        rejection = _full(wish, room) or _unsocial(topology, room)
        if rejection is not None:
            rejected[room.node["metadata"]["name"]] = rejection
            continue
        score = _score(wish, room, topology)
        if best is None or score > best_score:
            best, best_score = room, score
    return best, rejected


def message(total: int, rejected: Mapping[str, Rejection]) -> str:
    """Why no node takes the pod, as kube-scheduler 1.35 says it."""
    if not total:
        return "no nodes available to schedule pods"
    reasons = [reason for rejection in rejected.values() for reason in rejection.reasons]
    final = sum(rejection.final for rejection in rejected.values())
    preempting = ["No preemption victims found for incoming pod"] * (len(rejected) - final)
    preempting += ["Preemption is not helpful for scheduling"] * final
    return (
        f"0/{total} nodes are available: {_histogram(reasons)}. no new claims to deallocate, "
        f"preemption: 0/{total} nodes are available: {_histogram(preempting)}."
    )


def _histogram(reasons: list[str]) -> str:
    return ", ".join(sorted(f"{reasons.count(reason)} {reason}" for reason in set(reasons)))


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
    if wish.ports and wish.ports & room.ports():
        return Rejection(("node(s) didn't have free ports for the requested pod ports",))
    short = [name for name, amount in wish.amounts.items() if amount > room.has.get(name, 0) - room.used.get(name, 0)]
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


def _score(wish: Wish, room: Room, topology: Topology | None) -> tuple[float, ...]:
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

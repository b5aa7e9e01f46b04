"""Pods among pods: required pod affinity and anti-affinity, and topology spread constraints."""

from typing import Any

from eksgpu.sandbox.kubernetes import selectors
from eksgpu.sandbox.kubernetes.scheduler.book import Book, Room, Seat
from eksgpu.sandbox.kubernetes.scheduler.nodes import admits
from eksgpu.sandbox.kubernetes.store import Object

_REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"


class Topology:
    """The neighbourhood of one pod that is to be placed; built for one decision."""

    def __init__(self, pod: Object, book: Book) -> None:
        self._pod = pod
        self._book = book
        self._labels: dict[str, str] = pod["metadata"].get("labels", {})
        self._namespace: str = pod["metadata"].get("namespace", "")
        affinity = pod["spec"].get("affinity", {})
        self._near = affinity.get("podAffinity", {}).get(_REQUIRED, [])
        self._far = affinity.get("podAntiAffinity", {}).get(_REQUIRED, [])
        spread = pod["spec"].get("topologySpreadConstraints", [])
        self._hard = [row for row in spread if row["whenUnsatisfiable"] == "DoNotSchedule"]
        self._soft = [row for row in spread if row["whenUnsatisfiable"] != "DoNotSchedule"]
        self._counts = [self._count(row) for row in self._hard]
        self._soft_counts = [self._count(row) for row in self._soft]
        self._closed = self._kept_away()

    def rejection(self, room: Room) -> str:
        """Why the node is out, or ""."""
        for row, counts in zip(self._hard, self._counts, strict=True):
            if not self._spreads(row, counts, room):
                return "node(s) didn't match pod topology spread constraints"
        if not all(self._is_near(term, room) for term in self._near):
            return "node(s) didn't match pod affinity rules"
        if any(self._neighbours(term, self._namespace, room) for term in self._far):
            return "node(s) didn't match pod anti-affinity rules"
        if not self._closed.isdisjoint(room.labels.items()):
            return "node(s) didn't satisfy existing pods anti-affinity rules"
        return ""

    def crowding(self, room: Room) -> int:
        """How many pods of its kind are near, by the soft constraints."""
        rows = zip(self._soft, self._soft_counts, strict=True)
        return sum(counts.get(room.labels.get(row["topologyKey"], ""), 0) for row, counts in rows)

    def _count(self, row: dict[str, Any]) -> dict[str, int]:
        """Matching pods in each domain that the pod may go to."""
        counts: dict[str, int] = {}
        for room in self._book.rooms.values():
            domain = room.labels.get(row["topologyKey"])
            if domain is None or not admits(self._pod["spec"], room.node):
                continue
            held = sum(self._matches(row, self._namespace, seat) for seat in room.pods.values())
            counts[domain] = counts.get(domain, 0) + held
        return counts

    def _spreads(self, row: dict[str, Any], counts: dict[str, int], room: Room) -> bool:
        domain = room.labels.get(row["topologyKey"])
        if domain is None:
            return False
        least = min(counts.values(), default=0)
        if len(counts) < row.get("minDomains", 0):
            least = 0
        itself = selectors.matches(row.get("labelSelector"), self._labels)
        return counts.get(domain, 0) + itself - least <= int(row["maxSkew"])

    def _is_near(self, term: dict[str, Any], room: Room) -> bool:
        """The first pod of a group that wants to be near itself may go anywhere."""
        if self._neighbours(term, self._namespace, room):
            return True
        nobody = not any(self._matches(term, self._namespace, seat) for seat in self._book.seats.values())
        return (
            nobody and selectors.matches(term.get("labelSelector"), self._labels) and term["topologyKey"] in room.labels
        )

    def _neighbours(self, term: dict[str, Any], namespace: str, room: Room) -> bool:
        """Whether a pod that the term selects is in the node's domain."""
        domain = room.labels.get(term["topologyKey"])
        if domain is None:
            return False
        return any(
            self._matches(term, namespace, seat)
            for other in self._book.rooms.values()
            if other.labels.get(term["topologyKey"]) == domain
            for seat in other.pods.values()
        )

    def _kept_away(self) -> frozenset[tuple[str, str]]:
        """The domains (topology key and value) that pods which are there already keep for themselves."""
        own = Seat("", self._namespace, self._labels, {}, frozenset(), {})
        found = set()
        for seat in self._book.unsocial.values():
            room = self._book.rooms.get(seat.node)
            if room is None:  # its node is not known yet
                continue
            for term in seat.affinity["podAntiAffinity"].get(_REQUIRED, ()):
                key = term["topologyKey"]
                if key in room.labels and self._matches(term, seat.namespace, own):
                    found.add((key, room.labels[key]))
        return frozenset(found)

    def _matches(self, term: dict[str, Any], namespace: str, seat: Seat) -> bool:
        spaces = term.get("namespaces") or [namespace]
        return seat.namespace in spaces and selectors.matches(term.get("labelSelector"), seat.labels)

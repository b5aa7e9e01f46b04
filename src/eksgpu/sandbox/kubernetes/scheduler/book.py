"""What is where: the nodes with their free room, and the pods on them, kept up to date from changes."""

from dataclasses import dataclass, field
from typing import Any

from eksgpu.sandbox.kubernetes.scheduler.resources import Amounts, allocatable, host_ports, requests
from eksgpu.sandbox.kubernetes.store import Object


@dataclass
class Seat:
    """A pod on a node, as far as others must know of it."""

    node: str
    namespace: str
    labels: dict[str, str]
    amounts: Amounts
    ports: frozenset[tuple[str, int]]
    affinity: dict[str, Any]


@dataclass
class Room:
    """One node: `has` in all, `used` by its pods."""

    node: Object
    has: Amounts
    used: Amounts = field(default_factory=dict)
    pods: dict[str, Seat] = field(default_factory=dict)

    @property
    def labels(self) -> dict[str, str]:
        found: dict[str, str] = self.node["metadata"].get("labels", {})
        return found

    def ports(self) -> set[tuple[str, int]]:
        return {port for seat in self.pods.values() for port in seat.ports}


@dataclass
class Book:
    """Rooms by node name; `seats` by pod uid. Pods of unknown nodes wait in `seats` for their node.

    unsocial: those of the seats whose pods keep others away.
    """

    rooms: dict[str, Room] = field(default_factory=dict)
    seats: dict[str, Seat] = field(default_factory=dict)
    unsocial: dict[str, Seat] = field(default_factory=dict)

    def put_node(self, node: Object) -> None:
        name = node["metadata"]["name"]
        room = self.rooms.get(name)
        if room is not None:
            room.node, room.has = node, allocatable(node)
            return
        self.rooms[name] = Room(node, allocatable(node))
        for uid, seat in self.seats.items():
            if seat.node == name:
                self._enter(uid, seat)

    def drop_node(self, name: str) -> None:
        self.rooms.pop(name, None)

    def put_pod(self, pod: Object) -> None:
        """A pod that has a node and has not ended takes its seat; the seat is kept while it changes."""
        uid = pod["metadata"]["uid"]
        if uid in self.seats:
            return
        spec = pod["spec"]
        seat = Seat(
            spec["nodeName"],
            pod["metadata"].get("namespace", ""),
            pod["metadata"].get("labels", {}),
            requests(spec),
            host_ports(spec),
            spec.get("affinity", {}),
        )
        self.seats[uid] = seat
        if "podAntiAffinity" in seat.affinity:
            self.unsocial[uid] = seat
        self._enter(uid, seat)

    def drop_pod(self, uid: str) -> bool:
        """Free its seat; whether it had one."""
        seat = self.seats.pop(uid, None)
        if seat is None:
            return False
        self.unsocial.pop(uid, None)
        room = self.rooms.get(seat.node)
        if room is not None and room.pods.pop(uid, None) is not None:
            for name, amount in seat.amounts.items():
                room.used[name] -= amount
        return True

    def _enter(self, uid: str, seat: Seat) -> None:
        room = self.rooms.get(seat.node)
        if room is None:
            return
        room.pods[uid] = seat
        for name, amount in seat.amounts.items():
            room.used[name] = room.used.get(name, 0) + amount

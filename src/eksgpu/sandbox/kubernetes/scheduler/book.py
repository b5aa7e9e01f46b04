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
    priority: int = 0


@dataclass
class Room:
    """One node: `has` in all, `used` by its pods. `awaited`: pods to come, for which others have to go first."""

    node: Object
    has: Amounts
    used: Amounts = field(default_factory=dict)
    pods: dict[str, Seat] = field(default_factory=dict)
    awaited: dict[str, Seat] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return str(self.node["metadata"]["name"])

    @property
    def labels(self) -> dict[str, str]:
        found: dict[str, str] = self.node["metadata"].get("labels", {})
        return found

    def ports(self) -> set[tuple[str, int]]:
        return {port for seat in self.pods.values() for port in seat.ports}


@dataclass
class Book:
    """Rooms by node name; `seats` by pod uid. Pods of unknown nodes wait in `seats` for their node.

    unsocial: those of the seats whose pods keep others away. nominated: the nodes of awaited pods, by uid.
    """

    rooms: dict[str, Room] = field(default_factory=dict)
    seats: dict[str, Seat] = field(default_factory=dict)
    unsocial: dict[str, Seat] = field(default_factory=dict)
    nominated: dict[str, str] = field(default_factory=dict)

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
        if uid not in self.seats:
            self.sit(uid, _seat(pod, pod["spec"]["nodeName"]))

    def sit(self, uid: str, seat: Seat) -> None:
        """Take a seat."""
        self.seats[uid] = seat
        if "podAntiAffinity" in seat.affinity:
            self.unsocial[uid] = seat
        self._enter(uid, seat)

    def drop_pod(self, uid: str) -> Seat | None:
        """Free its seat; None when it had none."""
        seat = self.seats.pop(uid, None)
        if seat is None:
            return None
        self.unsocial.pop(uid, None)
        room = self.rooms.get(seat.node)
        if room is not None and room.pods.pop(uid, None) is not None:
            for name, amount in seat.amounts.items():
                room.used[name] -= amount
        return seat

    def nominate(self, pod: Object, room: Room) -> None:
        """Keep room for a pod that waits for others to go."""
        uid = pod["metadata"]["uid"]
        self.nominated[uid] = room.name
        room.awaited[uid] = _seat(pod, room.name)

    def withdraw(self, uid: str) -> Room | None:
        """Keep room for a pod no longer; where it was kept, while that node is there."""
        room = self.rooms.get(self.nominated.pop(uid, ""))
        if room is not None:
            room.awaited.pop(uid, None)
        return room

    def _enter(self, uid: str, seat: Seat) -> None:
        room = self.rooms.get(seat.node)
        if room is None:
            return
        room.pods[uid] = seat
        for name, amount in seat.amounts.items():
            room.used[name] = room.used.get(name, 0) + amount


def _seat(pod: Object, node: str) -> Seat:
    spec, meta = pod["spec"], pod["metadata"]
    return Seat(
        node,
        meta.get("namespace", ""),
        meta.get("labels", {}),
        requests(spec),
        host_ports(spec),
        spec.get("affinity", {}),
        spec.get("priority", 0),
    )

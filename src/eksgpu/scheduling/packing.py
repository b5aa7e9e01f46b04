"""Which nodes to start for pods that fit nowhere: Karpenter's first-fit, largest pods first, the cheapest offering.

Source: kubernetes-sigs/karpenter, pkg/controllers/provisioning/scheduling. Left out: spreading and affinities between
pods, and volumes' zones. Pure: equal arguments give equal plans.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from .labels import WELL_KNOWN
from .offering import ORDER, Candidate, Offering
from .pod import Pod
from .pool import Pool, Refusal, narrowed, refusal, sold
from .requirements import Requirements
from .resources import CPU, MEMORY, Amounts, lacking, largest, left, total
from .taints import Taint, untolerated


@dataclass
class Standing:
    """A node that is there or on its way: pods that fit it need no new one. `free` is what it still has."""

    name: str
    labels: Mapping[str, str]
    taints: tuple[Taint, ...]
    free: Amounts


@dataclass
class PlannedNode:
    """A node to start: its pods, and every type it could be."""

    pool: Pool
    requirements: Requirements
    candidates: tuple[Candidate, ...]
    requests: dict[str, int]
    pods: list[Pod] = field(default_factory=list)

    def choices(self, without: Collection[tuple[str, str, str]] = ()) -> list[tuple[Candidate, Offering]]:
        """Type and offering, the one that Karpenter would take first.

        without: (capacity type, instance type, zone) that were found to have no capacity.
        """
        found = [
            (one, offering)
            for one in self.candidates
            for offering in one.offerings
            if sold(offering.zone, offering.capacity_type, self.requirements)
            and (offering.capacity_type, one.item.name, offering.zone) not in without
        ]
        return sorted(found, key=_preference)


@dataclass(frozen=True)
class Packing:
    """The plan.

    placed:  pods that existing nodes take, by node.
    refused: pods that get none, with the reason of each pool.
    """

    nodes: tuple[PlannedNode, ...]
    placed: Mapping[str, tuple[Pod, ...]]
    refused: tuple[tuple[Pod, tuple[Refusal, ...]], ...]


def pack(pods: Iterable[Pod], pools: Iterable[Pool], standing: Iterable[Standing] = ()) -> Packing:
    """Place every pod: on what stands, on what was just planned, on a new node of the heaviest pool that takes it."""
    run = _Run(sorted(pools, key=lambda pool: (-pool.weight, pool.name)), list(standing))
    for pod in sorted(pods, key=_size):
        run.place(pod)
    placed = {node.name: tuple(taken) for node, taken in zip(run.standing, run.taken, strict=True) if taken}
    return Packing(tuple(run.planned), placed, tuple(run.refused))


class _Run:
    """One run. What failed once for a kind of pod is not tried again, so that a thousand pods alike stay cheap."""

    def __init__(self, pools: Sequence[Pool], standing: list[Standing]) -> None:
        self.pools = pools
        self.standing = standing
        self.taken: list[list[Pod]] = [[] for _ in standing]
        self.planned: list[PlannedNode] = []
        self.refused: list[tuple[Pod, tuple[Refusal, ...]]] = []
        self._room = {pool.name: pool.room for pool in pools}
        self._first: dict[tuple[object, ...], tuple[int, int]] = {}
        self._why: dict[tuple[object, ...], tuple[Refusal, ...]] = {}

    def place(self, pod: Pod) -> None:
        """Nodes only fill up, so a kind of pod goes on where the last of its kind was placed."""
        kind = pod.kind
        standing_from, planned_from = self._first.get(kind, (0, 0))
        for position in range(standing_from, len(self.standing)):
            if self._on_standing(pod, self.standing[position]):
                self.taken[position].append(pod)
                self._first[kind] = (position, planned_from)
                return
        for position in range(planned_from, len(self.planned)):
            if self._on_planned(pod, self.planned[position]):
                self._first[kind] = (len(self.standing), position)
                return
        self._first[kind] = (len(self.standing), len(self.planned))
        if kind in self._why:  # limits only shrink: what was refused stays so
            self.refused.append((pod, self._why[kind]))
        elif not any(self._on_new(pod, pool) for pool in self.pools):
            self._why[kind] = tuple(self._reason(pod, pool) for pool in self.pools)
            self.refused.append((pod, self._why[kind]))

    def _on_standing(self, pod: Pod, node: Standing) -> bool:
        if lacking(node.free, pod.requests) is not None or untolerated(node.taints, pod.tolerations) is not None:
            return False
        if all(way.unmet(node.labels) is not None for way in pod.alternatives):
            return False
        node.free = left(node.free, pod.requests)
        return True

    def _on_planned(self, pod: Pod, node: PlannedNode) -> bool:
        if untolerated(node.pool.taints, pod.tolerations) is not None:
            return False
        requests = total((node.requests, pod.requests))
        for way in pod.alternatives:
            if node.requirements.refused(way, WELL_KNOWN) is not None:
                continue
            requirements = node.requirements.and_also(way.values())
            kept = narrowed(node.candidates, requirements, requests)
            if kept:
                node.requirements, node.candidates, node.requests = requirements, kept, requests
                node.pods.append(pod)
                return True
        return False

    def _on_new(self, pod: Pod, pool: Pool) -> bool:
        room = self._room[pool.name]
        for way in pod.alternatives:
            if untolerated(pool.taints, pod.tolerations) or pool.requirements.refused(way, WELL_KNOWN) is not None:
                continue
            requirements = pool.requirements.and_also(way.values())
            requests = total((pod.requests, pool.overhead(requirements)))
            kept = narrowed((one for one in pool.candidates if _admits(room, one)), requirements, requests)
            if kept:
                self.planned.append(PlannedNode(pool, requirements, kept, requests, [pod]))
                # As Karpenter does: until the type is chosen, the limit is charged with the largest that it may be.
                self._room[pool.name] = _charged(room, kept)
                return True
        return False

    def _reason(self, pod: Pod, pool: Pool) -> Refusal:
        why = refusal(pod, pool)
        return why or Refusal(pool.name, "limit", "", "the nodes planned for other pods use up the pool's limits")


def _size(pod: Pod) -> tuple[int, int]:
    return -pod.requests.get(CPU, 0), -pod.requests.get(MEMORY, 0)


def _preference(choice: tuple[Candidate, Offering]) -> tuple[int, float, str, str]:
    candidate, offering = choice
    return ORDER.index(offering.capacity_type), offering.usd_per_hour, candidate.item.name, offering.zone


def _admits(room: Amounts, one: Candidate) -> bool:
    needed = {**one.capacity, "nodes": 1}
    return all(needed.get(name, 0) <= most for name, most in room.items())


def _charged(room: Amounts, kept: Iterable[Candidate]) -> dict[str, int]:
    most = {**largest(one.capacity for one in kept), "nodes": 1}
    return {name: count - most.get(name, 0) for name, count in room.items()}

"""The nodes that a cluster has, and those that are coming: rows made from plain objects, with what they cost.

Pure: prices and objects are handed in. It must not ask anybody.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from eksgpu.catalog.instance import instance
from eksgpu.checks.live_cluster import GROUP, LiveCluster, Object, of_group
from eksgpu.engine.resource import State
from eksgpu.kube.names import address_of
from eksgpu.kube.readiness import condition, readiness, words
from eksgpu.scheduling.labels import CAPACITY_TYPE, INSTANCE_TYPE, NODE_POOL, ZONE
from eksgpu.scheduling.pod import pod as parsed
from eksgpu.scheduling.resources import NVIDIA_GPU, amounts

GROUP_CAPACITY = "eks.amazonaws.com/capacityType"
KARPENTER = "karpenter"
GPU_DOMAIN = "nvidia.com/"  # nvidia.com/gpu, and what sharing makes of it: gpu.shared, mig-1g.10gb
STEPS = ("Launched", "Registered")
_OVER = ("Succeeded", "Failed")
Spot = Mapping[tuple[str, str], float]
"""USD per hour by (instance type, zone)."""


@dataclass(frozen=True)
class NodeRow:
    """One node.

    pool:         the Karpenter pool or the node group that it came from; "" for neither.
    maker:        karpenter, node group, or "" for neither.
    gpus:         in the machine; of a type that the catalogue does not know, what the node offers.
    slices:       what a node that is shared offers in their place: time slices, MPS's shares, MIG instances. Else 0.
    offered:      all that pods may ask for here, slices and whole GPUs; `requested`: what they ask for now.
    usd_per_hour: None where no price is known; `price`: on-demand, spot, ceiling (a Spot node at the on-demand price).
    problem:      why it is not Ready; "" when it is.
    """

    name: str
    pool: str
    maker: str
    capacity_type: str
    instance_type: str
    zone: str
    gpus: int
    slices: int
    offered: int
    requested: int
    usd_per_hour: float | None
    price: str
    problem: str = ""

    def as_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "pool": self.pool,
            "maker": self.maker,
            "capacityType": self.capacity_type,
            "instanceType": self.instance_type,
            "zone": self.zone,
            "gpus": {
                "physical": self.gpus,
                "slices": self.slices,
                "offered": self.offered,
                "requested": self.requested,
            },
            "usdPerHour": self.usd_per_hour,
            "price": self.price,
            "ready": not self.problem,
            "problem": self.problem,
        }


@dataclass(frozen=True)
class ClaimRow:
    """A node on its way: a NodeClaim that no node has registered for. `waits_for` is the step that it has not made."""

    name: str
    pool: str
    instance_type: str
    waits_for: str
    why: str

    def as_json(self) -> dict[str, str]:
        return {
            "name": self.name,
            "pool": self.pool,
            "instanceType": self.instance_type,
            "waitsFor": self.waits_for,
            "why": self.why,
        }


@dataclass(frozen=True)
class NodesReport:
    """Nodes, NodeClaims that are none yet, and pods that no node has taken: how many, and the GPUs they ask for."""

    nodes: tuple[NodeRow, ...]
    claims: tuple[ClaimRow, ...] = ()
    pending_pods: int = 0
    pending_gpus: int = 0

    def as_json(self) -> dict[str, Any]:
        return {
            "nodes": [row.as_json() for row in self.nodes],
            "pendingNodeClaims": [row.as_json() for row in self.claims],
            "pendingPods": {"count": self.pending_pods, "gpus": self.pending_gpus},
        }


def nodes_report(cluster: LiveCluster, spot: Spot, groups: Iterable[str] = ()) -> NodesReport:
    """Everything about nodes.

    spot:   today's prices, of as many types and zones as are known.
    groups: the node groups by the spec's names; in EKS each has a hash at its end.
    """
    known = tuple(groups)
    asked: dict[str, int] = defaultdict(int)
    waiting = []
    for pod in cluster.pods:
        if (pod.get("status") or {}).get("phase") in _OVER:
            continue
        where = (pod.get("spec") or {}).get("nodeName")
        if where:
            asked[where] += gpus_of(parsed(pod).requests)
        elif not pod["metadata"].get("deletionTimestamp"):
            waiting.append(gpus_of(parsed(pod).requests))
    rows = (_node(node, asked[node["metadata"]["name"]], spot, known) for node in cluster.nodes)
    claims = (_claim(claim) for claim in cluster.node_claims if not _there(claim))
    return NodesReport(
        nodes=tuple(sorted(rows, key=lambda row: (row.pool, row.instance_type, row.name))),
        claims=tuple(sorted(claims, key=lambda row: (row.pool, row.name))),
        pending_pods=len(waiting),
        pending_gpus=sum(waiting),
    )


def gpus_of(counts: Mapping[str, int]) -> int:
    """How many GPUs, or slices of GPUs, are among these amounts of resources."""
    return sum(count for name, count in counts.items() if name.startswith(GPU_DOMAIN))


def capacity_type(labels: Mapping[str, str]) -> str:
    """on-demand, spot, reserved or capacity-block; "" where the node does not say."""
    return spelled(labels.get(CAPACITY_TYPE) or labels.get(GROUP_CAPACITY) or "")


def spelled(capacity: str) -> str:
    """EKS's `ON_DEMAND` as the spec and Karpenter write it."""
    return capacity.lower().replace("_", "-")


def spot_types(nodes: Iterable[Object]) -> tuple[str, ...]:
    """The instance types that run on Spot."""
    labels = [node["metadata"].get("labels") or {} for node in nodes]
    return tuple(
        sorted({one[INSTANCE_TYPE] for one in labels if capacity_type(one) == "spot" and INSTANCE_TYPE in one})
    )


def _node(node: Object, asked: int, spot: Spot, groups: Iterable[str]) -> NodeRow:
    labels = node["metadata"].get("labels") or {}
    type_, zone, bought = labels.get(INSTANCE_TYPE, ""), labels.get(ZONE, ""), capacity_type(labels)
    usd, price = _usd(type_, zone, bought, spot)
    state, why = _state(node)
    devices = {name: count for name, count in _allocatable(node).items() if name.startswith(GPU_DOMAIN)}
    gpus, slices = _gpus(type_, devices)
    return NodeRow(
        name=node["metadata"]["name"],
        pool=_origin(labels, groups),
        maker=KARPENTER if NODE_POOL in labels else "node group" if GROUP in labels else "",
        capacity_type=bought,
        instance_type=type_,
        zone=zone,
        gpus=gpus,
        slices=slices,
        offered=sum(devices.values()),
        requested=asked,
        usd_per_hour=usd,
        price=price,
        problem="" if state is State.READY else why or str(state),
    )


def _allocatable(node: Object) -> dict[str, int]:
    return amounts((node.get("status") or {}).get("allocatable"))


def _gpus(type_: str, devices: Mapping[str, int]) -> tuple[int, int]:
    """Physical GPUs, and slices: what is called otherwise than a GPU, or is more than there are GPUs."""
    known, whole = instance(type_), devices.get(NVIDIA_GPU, 0)
    gpus = known.gpu_count if known is not None else whole
    slices = sum(count for name, count in devices.items() if name != NVIDIA_GPU)
    return gpus, slices + (whole if whole > gpus else 0)


def _origin(labels: Mapping[str, str], groups: Iterable[str]) -> str:
    group = labels.get(GROUP, "")
    return labels.get(NODE_POOL) or next((name for name in groups if of_group(group, name)), group)


def _state(found: Object) -> tuple[State, str]:
    return readiness(address_of(found).group_kind, found)


def _usd(type_: str, zone: str, bought: str, spot: Spot) -> tuple[float | None, str]:
    if bought in ("reserved", "capacity-block"):
        return 0.0, "paid by the reservation"
    if bought == "spot" and (type_, zone) in spot:
        return spot[type_, zone], "spot"
    known = instance(type_)
    usd = known.us_east_1_usd_per_hour if known is not None else None
    if usd is None:
        return None, "unknown"
    return usd, "ceiling" if bought == "spot" else "on-demand"


def _there(claim: Object) -> bool:
    """Is its node among the nodes, or is it going?"""
    return bool(claim["metadata"].get("deletionTimestamp")) or condition(claim, "Registered").get("status") == "True"


def _claim(claim: Object) -> ClaimRow:
    labels = claim["metadata"].get("labels") or {}
    step = next(name for name in STEPS if condition(claim, name).get("status") != "True")
    return ClaimRow(
        name=claim["metadata"]["name"],
        pool=labels.get(NODE_POOL, ""),
        instance_type=labels.get(INSTANCE_TYPE, ""),
        waits_for=step,
        why=words(condition(claim, step)),
    )

"""Nodes that are there already and not ours, as the labels of the spec found them. Pure data, part of the facts."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from eksgpu.catalog.instance import InstanceType, instance
from eksgpu.scheduling.labels import INSTANCE_TYPE, NODE_GROUP
from eksgpu.scheduling.pod import pod
from eksgpu.scheduling.resources import amounts
from eksgpu.scheduling.sharing.rules import MIG_MANAGER_LABEL
from eksgpu.scheduling.sharing.wish import Host, Kind
from eksgpu.scheduling.taints import Taint

_DOMAIN = "nvidia.com/"
_BOTTLEROCKET = "Bottlerocket"


@dataclass(frozen=True)
class FoundNode:
    """A node.

    type:  its instance type, "" where its labels name none.
    image: the system as its kubelet calls it: `Amazon Linux 2023.9.20260201`.
    gpus:  what it offers of NVIDIA's resources now.
    pods:  how many of its pods have any of them.
    """

    name: str
    type: str
    image: str
    labels: Mapping[str, str]
    taints: tuple[Taint, ...] = ()
    gpus: Mapping[str, int] = field(default_factory=dict)
    pods: int = 0

    @property
    def bottlerocket(self) -> bool:
        return self.image.startswith(_BOTTLEROCKET)

    @property
    def offered(self) -> Mapping[str, int]:
        """`gpus` without what a plugin that is gone has left at 0."""
        return {name: count for name, count in self.gpus.items() if count}


@dataclass(frozen=True)
class FoundGroup:
    """A node group of EKS that such nodes belong to, or that the spec names.

    image:  EKS's AMI type: `AL2023_x86_64_NVIDIA`.
    ours:   whether it carries our mark.
    scales: whether its number of nodes may change.
    """

    name: str
    arn: str
    types: tuple[str, ...]
    image: str
    labels: Mapping[str, str] = field(default_factory=dict)
    taints: tuple[Taint, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    ours: bool = False
    scales: bool = False

    @property
    def bottlerocket(self) -> bool:
        return self.image.startswith(_BOTTLEROCKET.upper())

    @property
    def node_labels(self) -> Mapping[str, str]:
        """What a node of it will carry at least."""
        return {**self.labels, NODE_GROUP: self.name, **({INSTANCE_TYPE: self.types[0]} if self.types else {})}


@dataclass(frozen=True)
class FoundNodes:
    """One set of nodes. `groups`: the node groups that they belong to, with the one that the spec names."""

    nodes: tuple[FoundNode, ...] = ()
    groups: tuple[FoundGroup, ...] = ()

    @property
    def types(self) -> tuple[InstanceType, ...]:
        """What they are, by the catalogue; where none is there yet, what the node group would start."""
        names = [one.type for one in self.nodes] or [name for group in self.groups for name in group.types]
        found = (instance(name) for name in dict.fromkeys(names))
        return tuple(item for item in found if item is not None)

    def host(self, name: str) -> Host:
        """As the planner of sharing takes them."""
        bottlerocket = any(one.bottlerocket for one in self.nodes) or any(one.bottlerocket for one in self.groups)
        managed = next((one.labels[MIG_MANAGER_LABEL] for one in self.nodes if MIG_MANAGER_LABEL in one.labels), None)
        labels = {MIG_MANAGER_LABEL: managed} if managed is not None else {}
        return Host(name, Kind.EXISTING, "bottlerocket" if bottlerocket else "al2023", self.types, labels)


def found_node(node: Mapping[str, Any], pods: Iterable[Mapping[str, Any]] = ()) -> FoundNode:
    """A Node as the API gives it; pods: those that run on it."""
    metadata, status = node["metadata"], node.get("status") or {}
    labels = metadata.get("labels") or {}
    return FoundNode(
        name=metadata["name"],
        type=labels.get(INSTANCE_TYPE, ""),
        image=(status.get("nodeInfo") or {}).get("osImage", ""),
        labels=labels,
        taints=tuple(Taint.parse(taint) for taint in node["spec"].get("taints") or ()),
        gpus=_nvidia(amounts(status.get("allocatable"))),
        pods=sum(any(_nvidia(pod(one).requests).values()) for one in pods),
    )


def _nvidia(counts: Mapping[str, int]) -> dict[str, int]:
    return {name: count for name, count in counts.items() if name.startswith(_DOMAIN)}

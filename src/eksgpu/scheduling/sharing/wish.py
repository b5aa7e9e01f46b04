"""What is wanted of a node's GPUs, and what that node is. Plain inputs: specs and live objects both become these."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from eksgpu.catalog.component import components
from eksgpu.catalog.instance import InstanceType
from eksgpu.catalog.mig import Layout
from eksgpu.units import Bytes

BALANCED = "all-balanced"
"""NVIDIA's own name for its mixed layout."""


class Strategy(StrEnum):
    """How pods share a GPU. The values are the spec's words."""

    TIME_SLICING = "timeSlicing"
    """In turns, with neither isolation nor a limit on memory."""
    MPS = "mps"
    """At once, each with an equal part of memory and threads."""
    MIG = "mig"
    """On instances that the hardware keeps apart."""


class Kind(StrEnum):
    """Who makes the nodes."""

    NODE_POOL = "nodePool"
    """Karpenter, when pods wait: it must be told how many slices a node will have."""
    STATIC_POOL = "staticPool"
    """Karpenter, a fixed number (`replicas`): nothing is simulated, so nothing must be told."""
    NODE_GROUP = "nodeGroup"
    """EKS; the Cluster Autoscaler reads the slices from tags."""
    EXISTING = "existingNodes"
    """Somebody else; they run already, and nothing is written on them."""


@dataclass(frozen=True)
class Wish:
    """How the GPUs of a node shall be shared.

    replicas:  slices of each GPU, for time slicing and MPS.
    profile:   for MIG: one profile, as often as it fits, or `all-balanced`.
    layouts:   for MIG, in place of `profile`: one layout for every GPU, or one for each GPU of a node.
    memory_per_slice: what a slice needs at least; None when nobody said.
    rename:    slices get a name of their own, so that whole GPUs and slices cannot be confused.
    fail_requests_greater_than_one: refuse pods that ask for two slices, which may be of one GPU.
    """

    strategy: Strategy
    replicas: int = 0
    profile: str = ""
    layouts: tuple[Layout, ...] = ()
    memory_per_slice: Bytes | None = None
    rename: bool = False
    fail_requests_greater_than_one: bool = True


@dataclass(frozen=True)
class Controller:
    """Karpenter as it runs. `gates_off`: feature gates that are off and not ours to turn on."""

    version: str = field(default_factory=lambda: components()["karpenter"].version)
    gates_off: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Host:
    """The nodes.

    name:    of the NodePool or node group.
    os:      `bottlerocket` or `al2023`.
    types:   every instance type that a node may be.
    labels:  what the user puts on them.
    release: of Bottlerocket: `v1.64.0`, `latest`.
    """

    name: str
    kind: Kind
    os: str
    types: tuple[InstanceType, ...]
    labels: Mapping[str, str] = field(default_factory=dict)
    release: str = "latest"
    karpenter: Controller = field(default_factory=Controller)

    @property
    def bottlerocket(self) -> bool:
        """Its device plugin is part of the system and configured by settings; else it is a DaemonSet of ours."""
        return self.os == "bottlerocket"


@dataclass(frozen=True)
class There:
    """What a spec alone does not tell of a cluster that somebody else made.

    karpenter: the one that runs there; None where the spec's is meant.
    nodes:     the spec's name for a set of existing nodes → what they are.
    """

    karpenter: Controller | None = None
    nodes: Mapping[str, Host] = field(default_factory=dict)

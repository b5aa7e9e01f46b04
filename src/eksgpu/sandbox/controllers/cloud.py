"""What controllers may ask of AWS: machines of node groups, what EC2 sells, and instances for Karpenter.

Only the shapes stand here. The sandbox's account fills them in; a test may do so with a few lines.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from eksgpu.scheduling.offering import Market

from .balancers import Balancers
from .block_storage import BlockStorage


class NoCapacity(Exception):
    """EC2 has none at the moment, or a quota is full. `code` is EC2's."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True)
class Machine:
    """An instance that is, or becomes, a node. `os` is bottlerocket or al2023; `downloads`: SOCI's, 0 without it.

    version:   its kubelet's, `1.35`; empty stands for the cluster's.
    user_data: as text; what it does to GPUs is looked at, nothing else.
    """

    name: str
    instance_id: str
    instance_type: str
    zone: str
    address: str
    ready: bool
    version: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    taints: tuple[Mapping[str, str], ...] = ()
    os: str = "al2023"
    downloads: int = 0
    user_data: str = ""


@dataclass(frozen=True, slots=True)
class Subnet:
    id: str
    zone: str
    zone_id: str


@dataclass(frozen=True, slots=True)
class Order:
    """An instance that Karpenter wants."""

    node_class: Mapping[str, Any]
    node_pool: str
    claim: str
    instance_type: str
    zone: str
    capacity_type: str


@dataclass(frozen=True, slots=True)
class Delivered:
    """The instance that came of an order."""

    instance_id: str
    node_name: str
    address: str
    image: str


class Cloud(Protocol):
    """One region of one account, as the cluster's controllers see it."""

    @property
    def region(self) -> str: ...

    @property
    def network_ready(self) -> bool:
        """Is there a pod network, without which no node becomes Ready?"""
        ...

    @property
    def version(self) -> str:
        """The nodes' Kubernetes version: `1.35`."""
        ...

    @property
    def balancers(self) -> Balancers:
        """The cluster's load balancers."""
        ...

    @property
    def storage(self) -> BlockStorage:
        """The volumes of the cluster's claims."""
        ...

    def machines(self) -> list[Machine]:
        """The machines of every node group."""
        ...

    def market(self) -> Market:
        """What can be bought here."""
        ...

    def subnets(self, node_class: Mapping[str, Any]) -> list[Subnet]:
        """The subnets that a class's terms select."""
        ...

    def groups(self, node_class: Mapping[str, Any]) -> list[str]:
        """The security groups that a class's terms select, by id."""
        ...

    def prepare(self, node_class: Mapping[str, Any]) -> str:
        """Make the class's instance profile where there is none, and return its name."""
        ...

    def forget(self, node_class: Mapping[str, Any]) -> None:
        """Take the class's instance profile away."""
        ...

    def launch(self, order: Order) -> Delivered:
        """Start an instance. Raises NoCapacity."""
        ...

    def lives(self, instance_id: str) -> bool:
        """Is there such an instance, and is nobody ending it?"""
        ...

    def terminate(self, instance_id: str) -> None:
        """End an instance; one that is gone is none."""
        ...

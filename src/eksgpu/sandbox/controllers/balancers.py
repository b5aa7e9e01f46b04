"""What the load balancer controller may ask of AWS: a balancer with all its parts, and that it goes again."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol


class Unbuildable(Exception):
    """Something is missing, such as a subnet for the balancer; the message is the controller's."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where traffic ends: a Service's port, reached by node port (`instance`) or by the pods' own (`ip`)."""

    service: str
    port: int | str
    protocol: str
    reached_at: int
    type: str = "instance"


@dataclass(frozen=True, slots=True)
class Listener:
    """A port of the balancer, and by its position which target it sends everything to."""

    port: int
    protocol: str
    target: int


@dataclass(frozen=True, slots=True)
class Stack:
    """All of AWS that one Service or Ingress is given.

    resource: `service` or `ingress`.
    subnets:  by id; none leaves the choice to tags.
    """

    resource: str
    namespace: str
    name: str
    internal: bool
    listeners: tuple[Listener, ...]
    targets: tuple[Target, ...]
    subnets: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """As it stands in tags."""
        return f"{self.namespace}/{self.name}"


@dataclass(frozen=True, slots=True)
class Balanced:
    """A balancer that is there. target_groups: name → ARN, in the order of the targets."""

    hostname: str
    target_groups: Mapping[str, str] = field(default_factory=dict)


class Balancers(Protocol):
    """The load balancers of one cluster."""

    def ensure(self, stack: Stack) -> Balanced:
        """Make what is missing of a stack, and take away what it has not any more. Raises Unbuildable."""
        ...

    def release(self, resource: str, stack: str) -> bool:
        """Take a stack away as far as it goes; is all of it gone? `stack` is its id."""
        ...

"""What somebody else made and the spec builds upon: a VPC, a cluster. Pure data, part of the facts."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from eksgpu.scheduling.labels import WELL_KNOWN
from eksgpu.scheduling.pod import pod
from eksgpu.scheduling.sharing.autoscaler_rules import GATES
from eksgpu.scheduling.sharing.wish import Controller, There
from eksgpu.scheduling.taints import Taint

from .found_nodes import FoundNodes


@dataclass(frozen=True)
class FoundSubnet:
    """A subnet that is there already.

    free:   addresses that nobody has yet.
    public: every instance gets a public address.
    way:    what its default route leads to: `internet-gateway`, `other` (a NAT gateway, a transit gateway, …), or "".
    """

    id: str
    zone: str
    zone_id: str
    free: int
    public: bool = False
    way: str = ""


@dataclass(frozen=True)
class FoundNetwork:
    """A VPC that is there already, with the subnets to use, in order of their zones."""

    vpc: str
    cidr: str
    subnets: tuple[FoundSubnet, ...]

    @property
    def zones(self) -> tuple[str, ...]:
        """The names of its zones, each once."""
        return tuple(dict.fromkeys(subnet.zone for subnet in self.subnets))


@dataclass(frozen=True)
class FoundKarpenter:
    """The Karpenter that runs in a cluster, as its Deployment tells.

    version:         "" where its image names none.
    gates:           its feature gates by Karpenter's own names (`NodeOverlay`).
    role:            ARN of the controller's role, "" where it could not be found.
    passes:          ARNs (with IAM's wildcards) of node roles that it may pass; None where its policies cannot be read.
    node_role:       name of the nodes' role to use, "" where none was found.
    subnets, security_groups: ids that its own EC2NodeClass selects; empty where it has none.
    """

    namespace: str
    version: str
    gates: Mapping[str, bool] = field(default_factory=dict)
    role: str = ""
    passes: tuple[str, ...] | None = None
    node_role: str = ""
    subnets: tuple[str, ...] = ()
    security_groups: tuple[str, ...] = ()

    @property
    def controller(self) -> Controller:
        """As the planner of sharing takes it: what is off there is not ours to turn on."""
        gates = {f"{name[:1].lower()}{name[1:]}": is_on for name, is_on in self.gates.items()}
        off = {name for name in (*gates, *GATES.values()) if not gates.get(name)}
        known = re.match(r"\d+\.\d+\.\d+", self.version)
        return Controller(known[0] if known else Controller().version, frozenset(off))


@dataclass(frozen=True)
class FoundPlugin:
    """A device plugin that runs already: its DaemonSet, the image, and who put it there (`helm …`, …).

    placed: what of its pods' spec says where they run.
    """

    namespace: str
    name: str
    image: str
    by: str
    placed: Mapping[str, Any] = field(default_factory=dict)

    def runs_on(self, labels: Mapping[str, str], taints: Iterable[Taint] = ()) -> bool:
        """Does a node with these labels and taints get one of its pods? Well-known labels it may have besides."""
        return pod({"spec": self.placed}).fits(labels, taints, WELL_KNOWN)


@dataclass(frozen=True)
class FoundCluster:
    """A cluster that is there already.

    security_group: the one that EKS made for it.
    entries:        whether access entries decide who may do what; else the old aws-auth ConfigMap alone.
    nodes:          the spec's name for a set of existing nodes → what was found.
    """

    name: str
    network: FoundNetwork
    security_group: str
    entries: bool = True
    karpenter: FoundKarpenter | None = None
    plugins: tuple[FoundPlugin, ...] = ()
    nodes: Mapping[str, FoundNodes] = field(default_factory=dict)

    @property
    def there(self) -> There:
        """What the plans for sharing must know of it."""
        found = {name: one.host(name) for name, one in self.nodes.items() if one.types}
        return There(self.karpenter.controller if self.karpenter is not None else None, found)

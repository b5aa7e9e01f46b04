"""What somebody else made and the spec builds upon: a VPC, a cluster. Pure data, part of the facts."""

from collections.abc import Mapping
from dataclasses import dataclass, field


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


@dataclass(frozen=True)
class FoundPlugin:
    """A device plugin that runs already: its DaemonSet, the image, and who put it there (`eksgpu`, `helm …`, …)."""

    namespace: str
    name: str
    image: str
    by: str


@dataclass(frozen=True)
class FoundCluster:
    """A cluster that is there already.

    security_group: the one that EKS made for it.
    entries:        whether access entries decide who may do what; else the old aws-auth ConfigMap alone.
    """

    name: str
    network: FoundNetwork
    security_group: str
    entries: bool = True
    karpenter: FoundKarpenter | None = None
    plugins: tuple[FoundPlugin, ...] = ()

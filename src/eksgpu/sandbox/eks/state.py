"""What EKS remembers of one region: clusters with everything that hangs on them.

Each object keeps `fields`, shaped as the Describe call answers it, beside what the API never shows. Rules and time
live in the modules of the operations, not here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from eksgpu.sandbox.eks import refusals
from eksgpu.sandbox.overlay import Call
from eksgpu.sandbox.world import World

Fields = dict[str, Any]


@dataclass
class Update:
    """One asynchronous change of a cluster, node group or add-on, as DescribeUpdate shows it."""

    id: str
    type: str
    params: dict[str, str]
    created_at: datetime
    nodegroup: str | None = None
    addon: str | None = None
    token: str | None = None
    status: str = "InProgress"
    errors: list[Fields] = field(default_factory=list)


@dataclass
class Machine:
    """One instance of a node group; it becomes a Ready node at `ready_at` (virtual seconds) if the network is there.

    `version` is its kubelet's minor version.
    """

    instance_id: str
    instance_type: str
    zone: str
    zone_id: str
    name: str
    version: str
    ready_at: float


@dataclass
class Nodegroup:
    fields: Fields
    token: str | None
    status: str = "CREATING"
    issues: list[Fields] = field(default_factory=list)
    machines: list[Machine] = field(default_factory=list)
    template_id: str = ""
    """EKS's own copy of the launch template."""

    template_type: str = ""
    """The instance type that the launch template gives; the request gave none then."""

    profile: str = ""
    """The instance profile that EKS makes for the node role."""

    security_groups: list[str] = field(default_factory=list)
    instance_tags: dict[str, str] = field(default_factory=dict)
    in_service: bool = False
    """Its creation duration has passed: from then on it only waits for its nodes to join."""

    @property
    def name(self) -> str:
        return str(self.fields["nodegroupName"])

    @property
    def asg_name(self) -> str:
        return str(self.fields["resources"]["autoScalingGroups"][0]["name"])


@dataclass
class Addon:
    fields: Fields
    token: str | None
    status: str = "CREATING"
    issues: list[Fields] = field(default_factory=list)

    @property
    def name(self) -> str:
        return str(self.fields["addonName"])


@dataclass
class AccessEntry:
    fields: Fields
    policies: dict[str, Fields] = field(default_factory=dict)
    token: str | None = None
    since: float = 0.0
    """When it was made, in seconds of the World's clock; `policies_since` the same by policy."""

    policies_since: dict[str, float] = field(default_factory=dict)


@dataclass
class Association:
    fields: Fields
    token: str | None = None


@dataclass
class Cluster:
    fields: Fields
    request: Mapping[str, Any]
    """The parameters of CreateCluster, to recognise the same request when it is sent again."""

    status: str = "CREATING"
    ever_active: bool = False
    creator: str = ""
    """The IAM principal that made it and is its administrator; empty when it chose not to be."""

    self_managed: set[str] = field(default_factory=set)
    """What runs without being an add-on (bootstrapSelfManagedAddons, or an add-on deleted with `preserve`)."""

    issues: list[Fields] = field(default_factory=list)
    enis: list[str] = field(default_factory=list)
    nodegroups: dict[str, Nodegroup] = field(default_factory=dict)
    addons: dict[str, Addon] = field(default_factory=dict)
    entries: dict[str, AccessEntry] = field(default_factory=dict)
    associations: dict[str, Association] = field(default_factory=dict)
    updates: dict[str, Update] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return str(self.fields["name"])

    @property
    def version(self) -> str:
        return str(self.fields["version"])

    @property
    def security_group(self) -> str:
        return str(self.fields["resourcesVpcConfig"]["clusterSecurityGroupId"])


class Eks:
    """The clusters of one region, by name."""

    def __init__(self, world: World, region: str) -> None:
        self.world = world
        self.region = region
        self.clusters: dict[str, Cluster] = {}

    def arn(self, kind: str, *parts: str) -> str:
        return ":".join(("arn", self.world.partition, "eks", self.region, self.world.account, "/".join((kind, *parts))))


def eks_of(call: Call) -> Eks:
    return call.world.state(Eks, call.region)


def cluster_of(call: Call) -> Cluster:
    """The cluster a request names; raises ResourceNotFoundException."""
    name = call.params.get("clusterName") or call.params["name"]
    found = eks_of(call).clusters.get(name)
    if found is None:
        raise refusals.no_cluster(name)
    return found


def nodegroup_of(call: Call) -> tuple[Cluster, Nodegroup]:
    cluster = cluster_of(call)
    name = call.params["nodegroupName"]
    if name not in cluster.nodegroups:
        raise refusals.no_nodegroup(cluster.name, name)
    return cluster, cluster.nodegroups[name]


def addon_of(call: Call) -> tuple[Cluster, Addon]:
    cluster = cluster_of(call)
    name = call.params["addonName"]
    if name not in cluster.addons:
        raise refusals.no_addon(cluster.name, name)
    return cluster, cluster.addons[name]


def entry_of(call: Call) -> tuple[Cluster, AccessEntry]:
    cluster = cluster_of(call)
    principal = call.params["principalArn"]
    if principal not in cluster.entries:
        raise refusals.no_entry()
    return cluster, cluster.entries[principal]


def association_of(call: Call) -> tuple[Cluster, Association]:
    cluster = cluster_of(call)
    found = cluster.associations.get(call.params["associationId"])
    if found is None:
        raise refusals.no_association(call.params["associationId"])
    return cluster, found

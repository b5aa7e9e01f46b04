"""The whole spec, and the rules that hold between its parts."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Literal

from pydantic import Field

from eksgpu.spec.access import AccessEntry
from eksgpu.spec.addons import Addons
from eksgpu.spec.base import Fault, SpecModel
from eksgpu.spec.components import Components
from eksgpu.spec.control_plane import ControlPlane, EndpointAccess, Logging, SecretsEncryption
from eksgpu.spec.existing import ExistingCluster, ExistingNodes
from eksgpu.spec.fields import AnySpelling
from eksgpu.spec.metadata import Metadata
from eksgpu.spec.network import Network
from eksgpu.spec.node_class import NODE_CLASS_FIELDS
from eksgpu.spec.node_groups import NodeGroup, default_system_group
from eksgpu.spec.node_pools import NodePool
from eksgpu.spec.version import Version

# What describes a whole cluster, and could only be a wish to change one that is there already.
_WHOLE = (
    "version", "network", "endpoint_access", "secrets_encryption", "logging", "authentication_mode", "access",
    "deletion_protection", "support_type", "control_plane", "addons",
)  # fmt: skip
_ITS_OWN = ("karpenter", "aws_load_balancer_controller", "metrics_server")


def _default_groups(data: dict[str, Any]) -> tuple[NodeGroup, ...]:
    return () if data.get("cluster") else (default_system_group(),)


class ClusterSpec(SpecModel):
    """What the cluster is to be."""

    cluster: ExistingCluster | None = None
    """A cluster that is there already, to be added to, in place of `version`, `network` and the like."""
    version: Version | None = None
    """Kubernetes version, in quotes. Unset: the newest that every chosen component supports, chosen once."""
    network: Network = Field(default_factory=Network)
    """The VPC and its subnets."""
    endpoint_access: EndpointAccess = Field(default_factory=EndpointAccess)
    """From where the Kubernetes API can be reached."""
    secrets_encryption: SecretsEncryption = Field(default_factory=SecretsEncryption)
    """Encryption of Kubernetes secrets."""
    logging: Logging = Field(default_factory=Logging)
    """What the control plane logs."""
    authentication_mode: Annotated[Literal["API", "API_AND_CONFIG_MAP"], AnySpelling()] = "API"
    """Access by EKS's access entries alone, or also by the old aws-auth ConfigMap. The way to `API` is one-way."""
    access: tuple[AccessEntry, ...] = ()
    """Who may do what in the cluster, besides whoever applies, who is an administrator."""
    deletion_protection: bool = False
    """EKS and `destroy` then refuse to delete the cluster until this is false again."""
    support_type: Annotated[Literal["extended", "standard"], AnySpelling()] = "extended"
    """When standard support ends: stay on the version for a higher price, or let EKS upgrade the cluster."""
    control_plane: ControlPlane = Field(default_factory=ControlPlane)
    """Size and scheduling of the control plane."""
    addons: Addons = Field(default_factory=Addons)
    """EKS add-ons."""
    node_groups: tuple[NodeGroup, ...] = Field(default_factory=_default_groups)
    """Managed node groups; unset is one system group of two m5.large, and none in a cluster that is there already."""
    node_pools: tuple[NodePool, ...] = ()
    """Karpenter's pools."""
    existing_nodes: tuple[ExistingNodes, ...] = ()
    """In a cluster that is there already: nodes with GPUs, not ours, whose GPUs shall be shared."""
    components: Components = Field(default_factory=Components)
    """What runs in the cluster."""

    def faults(self) -> Iterator[Fault]:
        yield from _repeated("nodeGroups", [group.name for group in self.node_groups], "node groups")
        yield from _repeated("nodePools", [pool.name for pool in self.node_pools], "node pools")
        yield from _repeated("existingNodes", [nodes.name for nodes in self.existing_nodes], "sets of existing nodes")
        yield from self._existing_nodes()
        yield from _repeated("access", [entry.principal for entry in self.access], "access entries", field="principal")
        yield from self._beside_cluster() if self.cluster is not None else self._somewhere_to_run()
        yield from self._node_classes()
        if self.components.metrics_server and "metrics-server" in self.addons.by_name:
            yield Fault(
                ("addons", "metrics-server"), "components.metricsServer installs it already", "keep one of them"
            )
        if self.node_pools and self.components.karpenter is None and self.cluster is None:
            yield Fault(("nodePools",), "node pools need Karpenter", "add components: {karpenter: {}}")

    def _beside_cluster(self) -> Iterator[Fault]:
        for name in _WHOLE:
            if name in self.model_fields_set:
                alias = type(self).model_fields[name].alias or name
                yield Fault((alias,), "a cluster that is there already has its own", f"remove {alias}, or cluster")
        for name in _ITS_OWN:
            if getattr(self.components, name) is not None:
                alias = type(self.components).model_fields[name].alias or name
                message = "what runs in a cluster that is there already is used as it is, not installed"
                yield Fault(("components", alias), message, f"remove {alias}")

    def _existing_nodes(self) -> Iterator[Fault]:
        if self.existing_nodes and self.cluster is None:
            message = "a cluster that this spec makes has no nodes of somebody else's"
            yield Fault(("existingNodes",), message, "write sharing on a node group or pool; or name cluster.existing")
        if self.existing_nodes and self.components.nvidia_device_plugin is False:
            message = "existing nodes are shared by a device plugin of ours, and it is left out"
            yield Fault(("components", "nvidiaDevicePlugin"), message, "remove it, or existingNodes")

    def _somewhere_to_run(self) -> Iterator[Fault]:
        """Controllers and CoreDNS start before Karpenter makes a node, and tolerate the system taint alone."""
        if any(group.system for group in self.node_groups):
            return
        if self.components.chosen or self.node_pools:
            hint = "add system: true to one group, or leave nodeGroups out for two m5.large"
            yield Fault(("nodeGroups",), "no node group is marked for controllers: nothing could start", hint)
        elif (
            all(_closed(group) for group in self.node_groups) and "tolerations" not in self.addons.coredns.configuration
        ):
            message = "every node group is tainted or empty: CoreDNS would have no node to run on"
            yield Fault(("nodeGroups",), message, "add a group with system: true")

    def _node_classes(self) -> Iterator[Fault]:
        first: dict[str, NodePool] = {}
        for position, pool in enumerate(self.node_pools):
            other = first.setdefault(pool.node_class, pool)
            for name in NODE_CLASS_FIELDS:
                if getattr(pool, name) != getattr(other, name):
                    alias = NodePool.model_fields[name].alias or name
                    message = (
                        f"pools {other.name} and {pool.name} share nodeClass {pool.node_class} but differ in {alias}"
                    )
                    yield Fault(("nodePools", position), message, "give one of them a nodeClass of its own")


class GpuCluster(SpecModel):
    """One GPU cluster on Amazon EKS."""

    api_version: Literal["eksgpu.dev/v1alpha1"]
    """The version of this format."""
    kind: Literal["GpuCluster"]
    """What the file describes."""
    metadata: Metadata
    """Which cluster this is."""
    spec: ClusterSpec = Field(default_factory=ClusterSpec)
    """What the cluster is to be."""

    def faults(self) -> Iterator[Fault]:
        region = self.metadata.region
        zones = self.spec.network.zones
        yield from _outside(region, ("spec", "network", "zones"), zones if isinstance(zones, tuple) else ())
        for position, group in enumerate(self.spec.node_groups):
            yield from self._placed(("spec", "nodeGroups", position, "zones"), group.zones)
        for position, pool in enumerate(self.spec.node_pools):
            yield from self._placed(("spec", "nodePools", position, "zones"), pool.zones)

    def _placed(self, path: tuple[str | int, ...], zones: Sequence[str]) -> Iterator[Fault]:
        yield from _outside(self.metadata.region, path, zones)
        cluster = self.spec.network.zones
        for position, zone in enumerate(zones):
            if isinstance(cluster, tuple) and zone not in cluster:
                message = f"{zone} is none of the cluster's zones ({', '.join(cluster)})"
                yield Fault((*path, position), message, "add it to network.zones")


def _closed(group: NodeGroup) -> bool:
    return group.desired == 0 or any(taint.effect != "PreferNoSchedule" for taint in group.taints)


def _outside(region: str, path: tuple[str | int, ...], zones: Sequence[str]) -> Iterator[Fault]:
    for position, zone in enumerate(zones):
        if zone.startswith(f"{region}-"):
            message = f"{zone} is a Local or Wavelength Zone; a cluster and its GPUs are in availability zones alone"
            yield Fault((*path, position), message, f"zones look like {region}a")
        elif zone[:-1] != region:
            yield Fault((*path, position), f"{zone} is not in region {region}")


def _repeated(key: str, names: Sequence[str], what: str, field: str = "name") -> Iterator[Fault]:
    for position, name in enumerate(names):
        if name in names[:position]:
            yield Fault((key, position, field), f"two {what} have the {field} {name}")

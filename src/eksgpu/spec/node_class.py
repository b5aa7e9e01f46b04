"""What a pool says about its EC2NodeClass: image, storage, image pulls, network interfaces, and what has no field here.

Pools that name one `nodeClass` share all of it, and so must agree on every field of this model.
"""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from eksgpu.spec.ami import Ami
from eksgpu.spec.base import Fault, SpecModel
from eksgpu.spec.disk import Disk
from eksgpu.spec.fields import AnySpelling, Os
from eksgpu.spec.names import Tags
from eksgpu.spec.network_interfaces import NetworkInterface, PlacementGroup
from eksgpu.spec.reservation import Reservation
from eksgpu.spec.soci import Soci


class NodeClassFields(SpecModel):
    """The part of a pool that becomes its EC2NodeClass."""

    os: Os = "bottlerocket"
    """Bottlerocket, whose GPU image brings the device plugin, or Amazon Linux 2023."""
    ami: Ami | None = None
    """Which image. Unset: the newest release of the system's own, chosen once; `--accept amis` takes a newer one."""
    local_storage: Annotated[Literal["raid0", "bootstrapCommands", "none"], AnySpelling()] = "raid0"
    """Instance store under images and pods: as one array by Karpenter, by commands in Bottlerocket's user data, or
    unused. Types without instance store use `disk`."""
    image_pull: Annotated[Literal["soci", "standard"], AnySpelling()] = "soci"
    """SOCI parallel pull, which fetches and unpacks large images several times faster, or plain containerd."""
    soci: Soci = Field(default_factory=Soci)
    """Parallel pull's values where those that follow from vCPUs, network and instance store are not right."""
    disk: Disk | None = None
    """The volume for images and pods of types without instance store; sized for `imagePull` when unset."""
    reservations: tuple[Reservation, ...] = ()
    """Capacity reservations and capacity blocks to use, for capacity `reserved`."""
    tags: Tags = Field(default_factory=dict)
    """Tags on its instances and volumes, besides the cluster's."""
    kubelet: Mapping[str, Any] = Field(default_factory=dict)
    """The EC2NodeClass's `kubelet`, as Karpenter writes it."""
    settings: Mapping[str, Any] = Field(default_factory=dict)
    """More user data: tables below Bottlerocket's `settings`, or what a NodeConfig's `spec` shall hold on Amazon Linux
    2023. They win over what follows from other fields."""
    network_interfaces: tuple[NetworkInterface, ...] = ()
    """Interfaces of every node, for EFA on types where Karpenter's own choice does not work (p6-b300). Unset: one, and
    all EFA interfaces where pods ask for `vpc.amazonaws.com/efa`."""
    placement_group: PlacementGroup | None = None
    """The placement group that its instances start in."""
    public_address: bool | None = None
    """A public address for each node; the subnet decides when unset."""
    detailed_monitoring: bool | None = None
    """CloudWatch metrics of the instances every minute instead of every five; costs extra."""
    metadata_hop_limit: Annotated[int, Field(ge=1, le=64)] = 1
    """How far the answer of the node's metadata service travels; with 1 pods cannot take the node's role."""
    node_class_spec: Mapping[str, Any] = Field(default_factory=dict)
    """More of the EC2NodeClass's `spec`, as Karpenter writes it, for what has no field here. It wins."""

    def faults(self) -> Iterator[Fault]:
        if self.os != "bottlerocket" and self.local_storage == "bootstrapCommands":
            yield Fault(
                ("localStorage",), "bootstrap commands exist on Bottlerocket alone", "write localStorage: raid0"
            )
        if self.image_pull != "soci" and self.soci != Soci():
            yield Fault(("soci",), "imagePull: standard makes no use of it", "remove soci, or write imagePull: soci")
        if len(self.network_interfaces) > 1 and self.public_address:
            message = "EC2 gives no public address to an instance with several interfaces"
            yield Fault(("publicAddress",), message, "remove publicAddress")


NODE_CLASS_FIELDS = tuple(NodeClassFields.model_fields)
"""What pools of one `nodeClass` must agree on."""

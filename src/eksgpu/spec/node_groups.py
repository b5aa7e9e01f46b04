"""`nodeGroups`: EKS managed node groups, nodes whose number is fixed or moved by an autoscaler.

The group with `system: true` carries what must run before any other node exists.
"""

from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import Field

from eksgpu.catalog import ami_type, instance, limits
from eksgpu.catalog.instance import InstanceType
from eksgpu.scheduling.sharing.plan import plan_sharing
from eksgpu.scheduling.sharing.tags import ACCELERATOR_LABEL
from eksgpu.scheduling.sharing.wish import Host, Kind
from eksgpu.spec.ami import AmiTypeName, ami_type_faults
from eksgpu.spec.base import Fault, SpecModel
from eksgpu.spec.disk import Disk
from eksgpu.spec.fields import Capacity, InstanceTypeName, Os
from eksgpu.spec.names import Labels, NodeGroupName, Taint
from eksgpu.spec.network import ZoneName
from eksgpu.spec.selection import Gpu
from eksgpu.spec.sharing import Sharing, sharing_faults

Count = Annotated[int, Field(ge=0)]


def _same_as_desired(data: dict[str, Any]) -> int:
    desired: int = data["desired"]
    return desired


def _at_least_one(data: dict[str, Any]) -> int:
    return max(1, _same_as_desired(data))


def _smallest(data: dict[str, Any]) -> tuple[str, ...]:
    """The cheapest type with the GPUs that are asked for; of several, the Cluster Autoscaler would know one alone."""
    gpu: Gpu | None = data.get("gpu")
    if gpu is None or not gpu.types:
        return ()
    return (min(gpu.types, key=lambda item: (item.us_east_1_usd_per_hour or float("inf"), item.name)).name,)


def _of_image(data: dict[str, Any]) -> Os:
    """The system of the image that is asked for."""
    name: str | None = data.get("ami_type")
    return "bottlerocket" if name is not None and ami_type.current(name).os == "bottlerocket" else "al2023"


class NodeGroup(SpecModel):
    """An EKS managed node group."""

    name: NodeGroupName
    """The group's name, unique in the cluster."""
    system: bool = False
    """Controllers run here: it gets the label and taint `karpenter.sh/controller=true`, which all of them tolerate."""
    gpu: Gpu | None = None
    """The GPUs of a node, in place of instance types: the cheapest type that has them."""
    instance_types: tuple[InstanceTypeName, ...] = Field(default_factory=_smallest)
    """Instance types in order of preference, all of one architecture. Unset: what `gpu` says."""
    ami_type: AmiTypeName | None = None
    """The image by EKS's own name, such as AL2023_ARM_64_STANDARD. Those of Amazon Linux 2, which has ended, are taken
    as what came after them. Unset: what `os`, the architecture and the GPU call for."""
    os: Os = Field(default_factory=_of_image)
    """Amazon Linux 2023 or Bottlerocket; what `amiType` says, and al2023 when that is unset too."""
    capacity: Capacity = "on-demand"
    """How the instances are bought."""
    desired: Count = 1
    """Nodes to start with."""
    min: Count = Field(default_factory=_same_as_desired)
    """Fewest nodes; `desired` when unset."""
    max: Annotated[int, Field(ge=1)] = Field(default_factory=_at_least_one)
    """Most nodes; `desired`, but at least 1, when unset."""
    zones: tuple[ZoneName, ...] = ()
    """Only in these zones; every zone of the cluster when unset."""
    labels: Labels = Field(default_factory=dict)
    """Kubernetes labels of its nodes."""
    taints: tuple[Taint, ...] = ()
    """Kubernetes taints of its nodes."""
    disk: Disk = Field(default_factory=Disk)
    """The node's volume."""
    sharing: Sharing | None = None
    """How pods share its GPUs; whole GPUs when unset."""

    @property
    def host(self) -> Host:
        """Its nodes as the planner of sharing takes them."""
        return Host(self.name, Kind.NODE_GROUP, self.os, self.types, self.labels)

    @property
    def types(self) -> tuple[InstanceType, ...]:
        """What the catalogue knows of the instance types, in order of preference."""
        return tuple(instance.instances()[name] for name in self.instance_types)

    @property
    def arch(self) -> str:
        """`amd64` or `arm64`."""
        return self.types[0].arch

    @property
    def image(self) -> str:
        """EKS's name of the image that its nodes start from."""
        fitting = ami_type.fitting(self.os, self.types[0])
        return ami_type.current(self.ami_type or fitting.name).name

    def faults(self) -> Iterator[Fault]:
        most = limits.number("instanceTypesPerNodeGroup")
        if self.gpu is None and "instance_types" not in self.model_fields_set:
            yield Fault(("instanceTypes",), "it does not say of which type its nodes are", "add instanceTypes, or gpu")
            return
        if not 0 < len(self.instance_types) <= most:
            yield Fault(("instanceTypes",), f"EKS takes 1 to {most} instance types; {len(self.instance_types)} given")
            return
        for position, item in enumerate(self.types):
            if item.arch != self.arch:
                message = (
                    f"{item.name} is {item.arch}, {self.types[0].name} is {self.arch}: one image cannot serve both"
                )
                yield Fault(("instanceTypes", position), message, "make a node group for each architecture")
            if self.gpu is not None and not self.gpu.fits(item):
                yield Fault(("instanceTypes", position), f"{item.name} does not have the GPUs that gpu asks for")
        if self.ami_type is not None:
            yield from ami_type_faults(self.ami_type, self.os, self.types[0])
        yield from self._counts()
        yield from self._sharing()
        for name in self.labels:
            if len(name) > limits.number("nodeGroupLabelLength"):
                yield Fault(("labels", name), "EKS takes label keys of at most 63 characters on a node group")

    def _sharing(self) -> Iterator[Fault]:
        if self.sharing is None:
            return
        found = tuple(sharing_faults(self.sharing, self.host))
        yield from found
        if found or ACCELERATOR_LABEL not in self.labels:
            return
        if not plan_sharing(self.sharing.wish, self.host).accelerator_label_allowed:
            message = f"with {ACCELERATOR_LABEL} the Cluster Autoscaler waits for nvidia.com/gpu, which its nodes lack"
            yield Fault(("labels", ACCELERATOR_LABEL), message, "leave the label out, or rename")

    def _counts(self) -> Iterator[Fault]:
        if self.min > self.desired:
            yield Fault(("min",), f"min {self.min} is more than desired {self.desired}")
        if self.desired > self.max:
            yield Fault(("max",), f"max {self.max} is less than desired {self.desired}")
        if self.system and self.desired < 1:
            yield Fault(
                ("desired",), "the system group needs at least one node: nothing runs in the cluster without it"
            )


def default_system_group() -> NodeGroup:
    """Two m5.large: enough for CoreDNS, Karpenter and the load balancer controller, each in two replicas."""
    return NodeGroup(name="system", system=True, instance_types=("m5.large",), desired=2)

"""`nodePools`: Karpenter's NodePools, nodes that come when pods need them and go when they do not.

Pools that name one `nodeClass` share Karpenter's EC2NodeClass, and so must agree on what it holds.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import Field, Tag

from eksgpu.catalog import instance
from eksgpu.spec.base import Fault
from eksgpu.spec.disk import Disk
from eksgpu.spec.disruption import Disruption, Expiry
from eksgpu.spec.fields import Amount, AnySpelling, Os, Span
from eksgpu.spec.names import Labels, ObjectName, Tags, Taint
from eksgpu.spec.network import ZoneName
from eksgpu.spec.reservation import Reservation
from eksgpu.spec.selection import Selection
from eksgpu.spec.shapes import MAPPING, WORD, by_shape
from eksgpu.units import Quantity

NVIDIA_GPU = "nvidia.com/gpu"
NEURON = "aws.amazon.com/neuron"
NODE_CLASS_FIELDS = ("os", "local_storage", "image_pull", "disk", "tags", "kubelet", "reservations")
"""What pools of one `nodeClass` must agree on."""
_LIMITS = ("cpu", "memory", "ephemeral-storage", "pods", "nodes")
_DEFAULT_GPU_NODES = 2
_DEFAULT_CPU = Quantity(Decimal(1000))


def _accelerator_taint(data: dict[str, Any]) -> tuple[Taint, ...]:
    """Keeps pods that need no accelerator off nodes that have one."""
    if data["gpu"]:
        return (_taint(NVIDIA_GPU),)
    known = instance.instances()
    named = [known[name] for name in data["instance_types"]]
    named += [item for family in data["instance_families"] for item in instance.families()[family]]
    if any(item.gpu_count for item in named):
        return (_taint(NVIDIA_GPU),)
    return (_taint(NEURON),) if any(item.neuron_cores for item in named) else ()


def _taint(resource: str) -> Taint:
    return Taint(key=resource, value="true", effect="NoSchedule")


class NodePool(Selection):
    """A Karpenter NodePool, and the EC2NodeClass that its nodes are made from."""

    name: ObjectName
    """The NodePool's name."""
    node_class: ObjectName = Field(default_factory=lambda data: data["name"])
    """The EC2NodeClass's name; the pool's name when unset. Pools may share one."""
    os: Os = "bottlerocket"
    """Bottlerocket, whose GPU image brings the device plugin, or Amazon Linux 2023."""
    local_storage: Annotated[Literal["raid0", "bootstrapCommands", "none"], AnySpelling()] = "raid0"
    """Instance store under images and pods: as one array by Karpenter, by commands in Bottlerocket's user data, or
    unused. Types without instance store use `disk`."""
    image_pull: Annotated[Literal["soci", "standard"], AnySpelling()] = "soci"
    """SOCI parallel pull, which fetches and unpacks large images several times faster, or plain containerd."""
    disk: Disk | None = None
    """The volume for images and pods of types without instance store; sized for `imagePull` when unset."""
    zones: tuple[ZoneName, ...] = ()
    """Only in these zones; every zone of the cluster when unset."""
    reservations: tuple[Reservation, ...] = ()
    """Capacity reservations and capacity blocks to use, for capacity `reserved`."""
    limits: (
        Annotated[
            Annotated[Annotated[Literal["unlimited"], AnySpelling()], Tag(WORD)]
            | Annotated[Mapping[str, Amount], Tag(MAPPING)],
            by_shape("unlimited, or a mapping such as {cpu: 1000}"),
        ]
        | None
    ) = None
    """Most that the pool may hold, such as {nvidia.com/gpu: 16}. Unset: two nodes of the largest type for GPUs and
    accelerators, else 1000 vCPUs."""
    weight: Annotated[int, Field(ge=1, le=100)] | None = None
    """Pools with more weight are tried first, 1 to 100."""
    labels: Labels = Field(default_factory=dict)
    """Kubernetes labels of its nodes."""
    taints: tuple[Taint, ...] = Field(default_factory=_accelerator_taint)
    """Kubernetes taints of its nodes. Unset: `nvidia.com/gpu=true:NoSchedule` for GPUs, none otherwise."""
    disruption: Disruption = Field(default_factory=Disruption)
    """When Karpenter may take a node away."""
    expire_after: Expiry | None = None
    """A node is replaced after this time; Karpenter's 720h when unset."""
    termination_grace_period: Span | None = None
    """After this time a node goes even if pods refuse to be evicted; such pods hold it for ever when unset."""
    tags: Tags = Field(default_factory=dict)
    """Tags on its instances and volumes, besides the cluster's."""
    kubelet: Mapping[str, Any] = Field(default_factory=dict)
    """The EC2NodeClass's `kubelet`, as Karpenter writes it."""

    @property
    def effective_limits(self) -> Mapping[str, Quantity]:
        """The limits that hold, defaults included; empty when unlimited."""
        if self.limits == "unlimited":
            return {}
        if self.limits is not None:
            return self.limits
        gpus = max((item.gpu_count for item in self.types), default=0)
        if gpus:
            return {NVIDIA_GPU: Quantity(Decimal(_DEFAULT_GPU_NODES * gpus))}
        neurons = max((item.accelerator_count for item in self.types), default=0)
        if neurons:
            return {NEURON: Quantity(Decimal(_DEFAULT_GPU_NODES * neurons))}
        return {"cpu": _DEFAULT_CPU}

    def faults(self) -> Iterator[Fault]:
        yield from super().faults()
        if isinstance(self.limits, Mapping):
            for name in self.limits:
                if name not in _LIMITS and "/" not in name:
                    hint = f"write {NVIDIA_GPU}" if "gpu" in name.lower() else f"resources are {', '.join(_LIMITS)}"
                    yield Fault(("limits", name), f'Kubernetes has no resource named "{name}"', hint)
        if self.reservations and "reserved" not in self.capacity:
            yield Fault(
                ("reservations",), "reservations are used by capacity reserved alone", "add reserved to capacity"
            )
        if "reserved" in self.capacity and not self.reservations:
            yield Fault(
                ("capacity",), "capacity reserved needs to know which reservations", "add reservations: [{id: cr-…}]"
            )
        if self.os != "bottlerocket" and self.local_storage == "bootstrapCommands":
            yield Fault(
                ("localStorage",), "bootstrap commands exist on Bottlerocket alone", "write localStorage: raid0"
            )

"""`nodePools`: Karpenter's NodePools, nodes that come when pods need them and go when they do not.

Pools that name one `nodeClass` share Karpenter's EC2NodeClass, and so must agree on what it holds.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import Field, Tag

from eksgpu.catalog import instance
from eksgpu.scheduling.sharing.wish import Controller, Host, Kind
from eksgpu.spec.base import Fault
from eksgpu.spec.disruption import Disruption, Expiry
from eksgpu.spec.fields import Amount, AnySpelling, Span
from eksgpu.spec.names import Labels, ObjectName, Taint
from eksgpu.spec.network import ZoneName
from eksgpu.spec.node_class import NodeClassFields
from eksgpu.spec.selection import Selection
from eksgpu.spec.shapes import MAPPING, WORD, by_shape
from eksgpu.spec.sharing import Sharing, sharing_faults
from eksgpu.units import Quantity

NVIDIA_GPU = "nvidia.com/gpu"
NEURON = "aws.amazon.com/neuron"
_LIMITS = ("cpu", "memory", "ephemeral-storage", "pods", "nodes")
_RESERVED = ("reserved", "capacity-block")
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


class NodePool(Selection, NodeClassFields):
    """A Karpenter NodePool, and the EC2NodeClass that its nodes are made from."""

    name: ObjectName
    """The NodePool's name."""
    node_class: ObjectName = Field(default_factory=lambda data: data["name"])
    """The EC2NodeClass's name; the pool's name when unset. Pools may share one."""
    zones: tuple[ZoneName, ...] = ()
    """Only in these zones; every zone of the cluster when unset."""
    limits: (
        Annotated[
            Annotated[Annotated[Literal["unlimited"], AnySpelling()], Tag(WORD)]
            | Annotated[Mapping[str, Amount], Tag(MAPPING)],
            by_shape("unlimited, or a mapping such as {cpu: 1000}"),
        ]
        | None
    ) = None
    """Most that the pool may hold, such as {nvidia.com/gpu: 16}. Unset: two nodes of the largest type for GPUs and
    accelerators, else 1000 vCPUs. GPUs are counted whole, shared or not."""
    weight: Annotated[int, Field(ge=1, le=100)] | None = None
    """Pools with more weight are tried first, 1 to 100."""
    labels: Labels = Field(default_factory=dict)
    """Kubernetes labels of its nodes."""
    annotations: Mapping[str, str] = Field(default_factory=dict)
    """Kubernetes annotations of its nodes."""
    taints: tuple[Taint, ...] = Field(default_factory=_accelerator_taint)
    """Kubernetes taints of its nodes. Unset: `nvidia.com/gpu=true:NoSchedule` for GPUs, none otherwise."""
    startup_taints: tuple[Taint, ...] = ()
    """Taints of new nodes that something in the cluster takes off once they are ready for pods."""
    disruption: Disruption = Field(default_factory=Disruption)
    """When Karpenter may take a node away."""
    expire_after: Expiry | None = None
    """A node is replaced after this time; Karpenter's 720h when unset."""
    termination_grace_period: Span | None = None
    """After this time a node goes even if pods refuse to be evicted; such pods hold it for ever when unset."""
    replicas: Annotated[int, Field(ge=0)] | None = None
    """So many nodes whether pods need them or not (a static pool); unset, pods decide."""
    sharing: Sharing | None = None
    """How pods share its GPUs; whole GPUs when unset."""

    def host(self, karpenter: Controller | None = None) -> Host:
        """Its nodes as the planner of sharing takes them; by the pinned Karpenter when none is named."""
        kind = Kind.NODE_POOL if self.replicas is None else Kind.STATIC_POOL
        release = (self.ami.release if self.ami is not None else None) or "latest"
        return Host(self.name, kind, self.os, self.types, self.labels, release, karpenter or Controller())

    @cached_property
    def effective_limits(self) -> Mapping[str, Quantity]:
        """The limits that hold, defaults included; empty when unlimited, or when the number of nodes is given."""
        if self.limits == "unlimited":
            return {}
        if self.limits is not None:
            return self.limits
        if self.replicas is not None:
            return {}
        gpus = max((item.gpu_count for item in self.types), default=0)
        if gpus:
            return {NVIDIA_GPU: Quantity(Decimal(_DEFAULT_GPU_NODES * gpus))}
        neurons = max((item.accelerator_count for item in self.types), default=0)
        if neurons:
            return {NEURON: Quantity(Decimal(_DEFAULT_GPU_NODES * neurons))}
        return {"cpu": _DEFAULT_CPU}

    def faults(self) -> Iterator[Fault]:
        yield from Selection.faults(self)
        yield from NodeClassFields.faults(self)
        if isinstance(self.limits, Mapping):
            for name in self.limits:
                if name not in _LIMITS and "/" not in name:
                    hint = f"write {NVIDIA_GPU}" if "gpu" in name.lower() else f"resources are {', '.join(_LIMITS)}"
                    yield Fault(("limits", name), f'Kubernetes has no resource named "{name}"', hint)
        yield from self._reserved()
        yield from self._sharing()
        if self.replicas is not None:
            yield from self._static()

    def _reserved(self) -> Iterator[Fault]:
        named = [name for name in self.capacity if name in _RESERVED]
        if self.reservations and not named:
            yield Fault(
                ("reservations",), "reservations are used by capacity reserved alone", "add reserved to capacity"
            )
        if named and not self.reservations:
            message = f"capacity {named[0]} needs to know which reservations"
            yield Fault(("capacity",), message, "add reservations: [{id: cr-…}]")

    def _sharing(self) -> Iterator[Fault]:
        if self.sharing is None or not self.types:
            return
        yield from sharing_faults(self.sharing, self.host())
        for name in self.limits if isinstance(self.limits, Mapping) else ():
            if name.startswith("nvidia.com/") and name != NVIDIA_GPU:
                message = f"limits count GPUs, and {name} is a slice of one"
                yield Fault(("limits", name), message, f"write {NVIDIA_GPU}: the number of GPUs; slices follow from it")

    def _static(self) -> Iterator[Fault]:
        if self.weight is not None:
            yield Fault(("weight",), "a pool with replicas has no weight", "remove weight")
        others = sorted(set(self.limits) - {"nodes"}) if isinstance(self.limits, Mapping) else []
        if others:
            message = f"a pool with replicas is limited by nodes alone, not by {', '.join(others)}"
            yield Fault(("limits",), message, "write limits: {nodes: 4}, or leave limits out")

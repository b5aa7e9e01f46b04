"""Nodes of managed node groups: each machine that EKS started becomes a Node, and its Node goes when it goes."""

from collections.abc import Mapping

from eksgpu.catalog.instance import instance
from eksgpu.scheduling.offering import Storage

from .client import NODE, POD, Object
from .cloud import Machine
from .conditions import holds
from .gpu_boot import boot_annotations
from .node_object import conditions, node_object
from .setting import Setting

GROUP = "eks.amazonaws.com/nodegroup"
_EVERY = 5.0


class Joining:
    """Looks at the node groups every five seconds of the sandbox's clock."""

    def __init__(self, setting: Setting) -> None:
        self._in = setting
        self._next = float("-inf")
        self._given: dict[str, Machine] = {}

    def step(self) -> bool:
        """Bring the Nodes in line with the machines; was anything changed?"""
        now = self._in.clock.monotonic()
        if now < self._next:
            return False
        self._next = now + _EVERY
        machines = {machine.name: machine for machine in self._in.cloud.machines()}
        changed = [self._node(machine) for machine in machines.values()]
        self._given = machines
        gone = [node for node in self._in.view.nodes if _left(node, machines)]
        for node in gone:
            self._leave(node)
        return any(changed) or bool(gone)

    @property
    def due(self) -> float:
        """When it will look again."""
        return self._next

    def _node(self, machine: Machine) -> bool:
        node = self._in.view.nodes.get(machine.name)
        if node is None:
            return self._in.view.register(self._object(machine)) is not None
        return self._marks(node, machine) | self._health(node, machine)

    def _marks(self, node: Object, machine: Machine) -> bool:
        """Labels and taints that the group has got or lost since: EKS brings them to nodes that stand already."""
        before = self._given.get(machine.name, machine)
        if (before.labels, before.taints) == (machine.labels, machine.taints):
            return False
        labels = {name: machine.labels.get(name) for name in (*before.labels, *machine.labels)}
        kept = [taint for taint in node["spec"].get("taints") or () if _mark(taint) not in map(_mark, before.taints)]
        taints = [*kept, *(dict(taint) for taint in machine.taints)]
        self._in.view.patch(NODE, node, {"metadata": {"labels": labels}, "spec": {"taints": taints}})
        return True

    def _health(self, node: Object, machine: Machine) -> bool:
        if holds(node, "Ready") == machine.ready:
            return False
        state = conditions(node["status"]["conditions"], ready=machine.ready, now=self._in.clock.now())
        self._in.view.patch(NODE, node, {"status": {"conditions": state}}, subresource="status")
        return True

    def _object(self, machine: Machine) -> Object:
        item = instance(machine.instance_type)
        assert item is not None, f"{machine.instance_type} is not in the catalogue"
        node = node_object(
            machine.name,
            item,
            instance_id=machine.instance_id,
            region=self._in.cloud.region,
            zone=machine.zone,
            address=self._in.node_address or machine.address,
            os=machine.os,
            version=machine.version or self._in.cloud.version,
            labels=machine.labels,
            taints=machine.taints,
            storage=Storage(instance_store=False),
            downloads=machine.downloads,
            ready=machine.ready,
            now=self._in.clock.now(),
            kubelet_port=self._in.kubelet_port,
        )
        boot = boot_annotations(machine.os, machine.user_data, item.gpu_count)
        node["metadata"]["annotations"] |= boot
        return node

    def _leave(self, node: Object) -> None:
        """EKS drains a node before it ends the machine; here both have just happened."""
        for pod in self._in.view.pods_on(node["metadata"]["name"]):
            self._in.view.delete(POD, pod, grace=0)
        self._in.view.delete(NODE, node)


def _mark(taint: Mapping[str, str]) -> tuple[str, str]:
    """What tells one taint from another."""
    return taint["key"], taint["effect"]


def _left(node: Object, machines: Mapping[str, Machine]) -> bool:
    metadata = node["metadata"]
    return GROUP in (metadata.get("labels") or {}) and metadata["name"] not in machines

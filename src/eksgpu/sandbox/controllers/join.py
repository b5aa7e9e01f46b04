"""Nodes of managed node groups: each machine that EKS started becomes a Node, and its Node goes when it goes."""

from collections.abc import Mapping

from eksgpu.catalog.instance import instance
from eksgpu.scheduling.offering import Storage

from .client import NODE, POD, Object
from .cloud import Machine
from .conditions import holds
from .node_object import conditions, node_object
from .setting import Setting

GROUP = "eks.amazonaws.com/nodegroup"
_EVERY = 5.0


class Joining:
    """Looks at the node groups every five seconds of the sandbox's clock."""

    def __init__(self, setting: Setting) -> None:
        self._in = setting
        self._next = float("-inf")

    def step(self) -> bool:
        """Bring the Nodes in line with the machines; was anything changed?"""
        now = self._in.clock.monotonic()
        if now < self._next:
            return False
        self._next = now + _EVERY
        machines = {machine.name: machine for machine in self._in.cloud.machines()}
        changed = [self._node(machine) for machine in machines.values()]
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
        if holds(node, "Ready") == machine.ready:
            return False
        state = conditions(node["status"]["conditions"], ready=machine.ready, now=self._in.clock.now())
        self._in.view.patch(NODE, node, {"status": {"conditions": state}}, subresource="status")
        return True

    def _object(self, machine: Machine) -> Object:
        item = instance(machine.instance_type)
        assert item is not None, f"{machine.instance_type} is not in the catalogue"
        return node_object(
            machine.name,
            item,
            instance_id=machine.instance_id,
            region=self._in.cloud.region,
            zone=machine.zone,
            address=self._in.node_address or machine.address,
            os=machine.os,
            version=self._in.cloud.version,
            labels=machine.labels,
            taints=machine.taints,
            storage=Storage(instance_store=False),
            downloads=machine.downloads,
            ready=machine.ready,
            now=self._in.clock.now(),
            kubelet_port=self._in.kubelet_port,
        )

    def _leave(self, node: Object) -> None:
        """EKS drains a node before it ends the machine; here both have just happened."""
        for pod in self._in.view.pods_on(node["metadata"]["name"]):
            self._in.view.delete(POD, pod, grace=0)
        self._in.view.delete(NODE, node)


def _left(node: Object, machines: Mapping[str, Machine]) -> bool:
    metadata = node["metadata"]
    return GROUP in (metadata.get("labels") or {}) and metadata["name"] not in machines

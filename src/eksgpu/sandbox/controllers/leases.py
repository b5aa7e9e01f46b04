"""Node leases: the heartbeat by which Kubernetes knows that a node lives. Wall time, whatever the sandbox's speed."""

from datetime import datetime

from .client import LEASE, Object
from .conditions import holds
from .setting import Setting

NAMESPACE = "kube-node-lease"
_EVERY_SECONDS, _LASTS_SECONDS = 10.0, 40


class Leases:
    """Renews the lease of every Ready node."""

    def __init__(self, setting: Setting) -> None:
        self._in = setting
        self._made: set[str] = set()
        self._next = 0.0

    def step(self) -> bool:
        """Renew what is due. Never counts as a change: nothing follows from it."""
        now = self._in.clock.now()
        if now.timestamp() < self._next:
            return False
        self._next = now.timestamp() + _EVERY_SECONDS
        ready = {node["metadata"]["name"]: node for node in self._in.view.nodes if holds(node, "Ready")}
        for name, node in ready.items():
            if self._in.heartbeats or name not in self._made:
                self._renew(name, node, now)
        self._made &= set(ready)
        return False

    @property
    def due(self) -> float | None:
        """When the next renewal comes, on the sandbox's clock; None when nobody has one."""
        if not self._made:
            return None
        left = self._next - self._in.clock.now().timestamp()
        return self._in.clock.monotonic() + max(0.0, left)

    def _renew(self, name: str, node: Object, now: datetime) -> None:
        renewed = {"renewTime": now.strftime("%Y-%m-%dT%H:%M:%S.%fZ")}
        lease = _lease(name, node, renewed)
        if name in self._made and self._in.view.patch(LEASE, lease, {"spec": renewed}) is not None:
            return
        if self._in.view.create(lease) is None:
            self._in.view.patch(LEASE, lease, {"spec": renewed})
        self._made.add(name)


def _lease(name: str, node: Object, renewed: dict[str, str]) -> Object:
    """The node's own, so that it goes with it."""
    owner = {"apiVersion": "v1", "kind": "Node", "name": name, "uid": node["metadata"]["uid"]}
    return {
        "apiVersion": LEASE.api_version,
        "kind": LEASE.kind,
        "metadata": {"name": name, "namespace": NAMESPACE, "ownerReferences": [owner]},
        "spec": {"holderIdentity": name, "leaseDurationSeconds": _LASTS_SECONDS, **renewed},
    }

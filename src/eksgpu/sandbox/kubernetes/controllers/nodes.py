"""Nodes: taints that follow from their conditions and from a cordon; pods of nodes that are gone."""

from collections.abc import Iterator
from typing import Any

from eksgpu.sandbox.kubernetes.cluster import NODES, PODS, Cluster
from eksgpu.sandbox.kubernetes.store import Change, Object
from eksgpu.sandbox.kubernetes.types.registry import StoreKey
from eksgpu.sandbox.kubernetes.verbs.delete import Deletion, delete

_PREFIX = "node.kubernetes.io/"
_OURS = ("not-ready", "unreachable", "unschedulable")


class Nodes:
    heard: tuple[StoreKey, ...] = (NODES, PODS)

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    def concerns(self, change: Change) -> Iterator[str]:
        if change.key == NODES:
            yield change.object["metadata"]["name"]
        elif change.key == PODS and change.type == "ADDED" and change.object["spec"].get("nodeName"):
            yield change.object["spec"]["nodeName"]

    def due(self) -> tuple[str, ...]:
        return ()

    def sync(self, item: str) -> None:
        node = self._cluster.store.get(NODES, "", item)
        if node is None:
            self._collect(item)
            return
        held = node.get("spec", {}).get("taints", [])
        kept = [row for row in held if row["key"].removeprefix(_PREFIX) not in _OURS]
        wanted = [*kept, *_taints(node, held)]
        if sorted(map(_identity, wanted)) != sorted(map(_identity, held)):
            spec = {key: value for key, value in node.get("spec", {}).items() if key != "taints"}
            spec |= {"taints": wanted} if wanted else {}
            self._cluster.store.put(NODES, {**node, "metadata": dict(node["metadata"]), "spec": spec})

    def _collect(self, name: str) -> None:
        kind = self._cluster.types.of("v1", "Pod")
        for pod in [pod for pod in self._cluster.store.all(PODS) if pod["spec"].get("nodeName") == name]:
            delete(self._cluster, kind, pod, Deletion(grace=0))


def _taints(node: Object, held: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """What the node's own state asks for; those that stand already keep their time."""
    rows = node.get("status", {}).get("conditions", ())
    ready = next((row.get("status") for row in rows if row.get("type") == "Ready"), None)
    wanted = []
    if ready == "False":
        wanted += [("not-ready", "NoSchedule"), ("not-ready", "NoExecute")]
    elif ready == "Unknown":
        wanted += [("unreachable", "NoSchedule"), ("unreachable", "NoExecute")]
    elif ready is None:
        wanted.append(("not-ready", "NoSchedule"))
    if node.get("spec", {}).get("unschedulable"):
        wanted.append(("unschedulable", "NoSchedule"))
    for name, effect in wanted:
        taint = {"key": _PREFIX + name, "effect": effect}
        yield next((row for row in held if _identity(row) == _identity(taint)), taint)


def _identity(taint: dict[str, Any]) -> tuple[str, str, str]:
    return taint["key"], taint.get("value", ""), taint["effect"]

"""PodDisruptionBudgets: how many of the selected pods may be evicted now."""

from collections.abc import Iterator
from typing import Any

from eksgpu.sandbox.kubernetes import selectors
from eksgpu.sandbox.kubernetes.cluster import PODS, Cluster
from eksgpu.sandbox.kubernetes.controllers.owning import (
    at_least,
    condition,
    controller_of,
    is_active,
    is_ready,
    set_status,
)
from eksgpu.sandbox.kubernetes.store import Change, Object
from eksgpu.sandbox.kubernetes.types.registry import StoreKey
from eksgpu.sandbox.kubernetes.verbs.pods import BUDGETS, covering


class DisruptionBudgets:
    heard: tuple[StoreKey, ...] = (BUDGETS, PODS)

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    def concerns(self, change: Change) -> Iterator[str]:
        if change.key == BUDGETS:
            yield change.object["metadata"]["uid"]
        elif change.key == PODS and self._cluster.store.count(BUDGETS):
            for budget in covering(self._cluster, change.object):
                yield budget["metadata"]["uid"]

    def due(self) -> tuple[str, ...]:
        return ()

    def sync(self, item: str) -> None:
        budget = self._cluster.store.by_uid(item)
        if budget is None:
            return
        pods = [
            pod
            for pod in self._cluster.store.list(PODS, budget["metadata"]["namespace"])
            if selectors.matches(budget["spec"].get("selector"), pod["metadata"].get("labels", {})) and is_active(pod)
        ]
        set_status(self._cluster, BUDGETS, budget, self._status(budget, pods))

    def _status(self, budget: Object, pods: list[Object]) -> dict[str, Any]:
        healthy = sum(map(is_ready, pods))
        expected = self._expected(pods)
        spec = budget["spec"]
        if "maxUnavailable" in spec:
            wanted = max(0, expected - at_least(spec["maxUnavailable"], expected, up=True))
        else:
            wanted = at_least(spec.get("minAvailable", 0), expected, up=True)
        allowed = max(0, healthy - wanted)
        why = ("SufficientPods", "") if allowed else ("InsufficientPods", "")
        row = condition(
            self._cluster, budget.get("status", {}).get("conditions"), "DisruptionAllowed", allowed > 0, why
        )
        row.pop("lastUpdateTime", None)
        return {
            "currentHealthy": healthy,
            "desiredHealthy": wanted,
            "disruptionsAllowed": allowed,
            "expectedPods": expected,
            "observedGeneration": budget["metadata"]["generation"],
            "conditions": [row],
        }

    def _expected(self, pods: list[Object]) -> int:
        """The replicas that the pods' owners want; pods without an owner count for themselves."""
        owners = {row["uid"] for pod in pods if (row := controller_of(pod)) is not None}
        found = [self._cluster.store.by_uid(uid) for uid in owners]
        wanted: int = sum(owner["spec"].get("replicas", 0) for owner in found if owner is not None)
        return wanted + sum(controller_of(pod) is None for pod in pods)

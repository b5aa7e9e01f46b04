"""The end of empty nodes: Karpenter's consolidation as far as it needs no moving of pods. Budgets hold."""

import math
from typing import Any

from eksgpu.sandbox.controllers.client import NODE_CLAIM, Object
from eksgpu.sandbox.controllers.conditions import holds
from eksgpu.sandbox.controllers.setting import Setting
from eksgpu.units import Duration

from .journal import Journal
from .names import pool_of
from .pools import is_static

_DEFAULT_BUDGETS = ({"nodes": "10%"},)


class Disruption:
    """Watches how long each node has been empty."""

    def __init__(self, setting: Setting, journal: Journal) -> None:
        self._in = setting
        self._journal = journal
        self._touched = (setting.view.pods.subscribe(), setting.view.claims.subscribe(), setting.view.pools.subscribe())
        self._empty_since: dict[str, float] = {}
        self._at: float | None = None

    def step(self) -> bool:
        """Let nodes go that have been empty for long enough."""
        now = self._in.clock.monotonic()
        if not any(self._touched) and (self._at is None or now < self._at):
            return False
        for touched in self._touched:
            touched.clear()
        self._at = None
        changed = [self._look(pool, now) for pool in self._in.view.pools if not is_static(pool)]
        return any(changed)

    @property
    def due(self) -> float | None:
        """When the next empty node has waited long enough."""
        return self._at

    def _look(self, pool: Object, now: float) -> bool:
        claims = [claim for claim in self._in.view.claims if pool_of(claim) == pool["metadata"]["name"]]
        after = _patience(pool)
        ripe = [claim for claim in claims if self._ripe(claim, after, now)]
        going = sum(1 for claim in claims if claim["metadata"].get("deletionTimestamp"))
        allowed = max(0, _allowed(pool, len(claims)) - going)
        for claim in ripe[:allowed]:
            name = claim["metadata"]["name"]
            self._journal.write("disrupting node(s)", reason="empty", NodeClaim={"name": name})
            self._in.view.event(claim, "DisruptionTerminating", "Disrupting NodeClaim: Empty")
            self._in.view.delete(NODE_CLAIM, claim)
        return bool(ripe[:allowed])

    def _ripe(self, claim: Object, after: float | None, now: float) -> bool:
        uid = claim["metadata"]["uid"]
        if after is None or not holds(claim, "Initialized") or not self._empty(claim):
            self._empty_since.pop(uid, None)
            return False
        if claim["metadata"].get("deletionTimestamp"):
            return False
        due = self._empty_since.setdefault(uid, now) + after
        if due > now:
            self._at = due if self._at is None else min(self._at, due)
        return due <= now

    def _empty(self, claim: Object) -> bool:
        pods = self._in.view.pods_on(str(claim["status"].get("nodeName") or ""))
        return not any(_counts(pod) for pod in pods)


def _counts(pod: Object) -> bool:
    """Pods that have ended, and those that every node has, keep no node."""
    if (pod.get("status") or {}).get("phase") in ("Succeeded", "Failed"):
        return False
    return not any(reference["kind"] == "DaemonSet" for reference in pod["metadata"].get("ownerReferences") or ())


def _patience(pool: Object) -> float | None:
    """Seconds that a node must be empty; None for never."""
    written = (pool["spec"].get("disruption") or {}).get("consolidateAfter", "0s")
    return None if written == "Never" else float(Duration.parse(str(written)).seconds)


def _allowed(pool: Object, nodes: int) -> int:
    """How many nodes may go at a time: the strictest of the budgets that hold for empty nodes at any time."""
    budgets: Any = (pool["spec"].get("disruption") or {}).get("budgets") or _DEFAULT_BUDGETS
    holding = [one for one in budgets if not one.get("schedule") and "Empty" in (one.get("reasons") or ("Empty",))]
    return min((_count(str(one["nodes"]), nodes) for one in holding), default=nodes)


def _count(written: str, nodes: int) -> int:
    return math.ceil(nodes * int(written[:-1]) / 100) if written.endswith("%") else int(written)

"""NodePools: their status, and the form in which the scheduler sees them.

A pool has no finalizer: it owns its claims, and the garbage collector takes those away when it goes.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from eksgpu.catalog.instance import instances
from eksgpu.sandbox.controllers.client import NODE_POOL, Object
from eksgpu.sandbox.controllers.conditions import condition, merged
from eksgpu.sandbox.controllers.setting import Setting
from eksgpu.scheduling.offering import Candidate, Market, Storage, candidates
from eksgpu.scheduling.pod import Pod, pod
from eksgpu.scheduling.pool import Pool, pool
from eksgpu.scheduling.resources import amounts, quantity, total
from eksgpu.scheduling.rules.node_pool import breaches

from .classes import is_ready, storage
from .names import pool_of
from .overlays import Overlays


class Pools:
    """Keeps each pool's status."""

    def __init__(self, setting: Setting, overlays: Overlays) -> None:
        self._in = setting
        self._overlays = overlays
        self._touched = (
            setting.view.pools.subscribe(),
            setting.view.claims.subscribe(),
            setting.view.classes.subscribe(),
        )
        self._sold: tuple[Market, dict[Storage, tuple[Candidate, ...]]] | None = None
        self._read: dict[str, tuple[Object, tuple[Candidate, ...], Pool]] = {}

    def step(self) -> bool:
        """Bring the pools up to date when they, their classes or claims changed."""
        if not any(self._touched):
            return False
        for touched in self._touched:
            touched.clear()
        changed = [self._keep(one) for one in self._in.view.pools]
        return any(changed)

    def usable(self) -> list[Pool]:
        """The pools that may make nodes now."""
        daemons = tuple(pod(one["spec"]["template"]) for one in self._in.view.daemon_sets)
        growing = (one for one in self._in.view.pools if self._may_grow(one) and not is_static(one))
        return [self._scheduled(one, daemons) for one in growing]

    def static(self) -> list[tuple[Object, Pool]]:
        """The pools of a fixed number of nodes that may make them now, each with its manifest."""
        growing = (one for one in self._in.view.pools if self._may_grow(one) and is_static(one))
        return [(one, self._scheduled(one, ())) for one in growing]

    def candidates(self, of: Mapping[str, Any], node_class: Mapping[str, Any]) -> tuple[Candidate, ...]:
        """Every type that can be bought, as nodes of this pool and class are taken to have it."""
        return self._overlays.applied(of, self._bought(node_class))

    def _bought(self, node_class: Mapping[str, Any]) -> tuple[Candidate, ...]:
        market = self._in.cloud.market()
        if self._sold is None or self._sold[0] != market:
            self._sold = (market, {})
        kept = storage(node_class)
        if kept not in self._sold[1]:
            self._sold[1][kept] = candidates(instances().values(), market, kept)
        return self._sold[1][kept]

    def used(self, name: str) -> dict[str, int]:
        """What the pool's claims hold, their number included."""
        claims = [claim for claim in self._in.view.claims if pool_of(claim) == name]
        capacity = total(amounts((claim.get("status") or {}).get("capacity")) for claim in claims)
        return {**capacity, "nodes": len(claims)}

    def node_class(self, of: Mapping[str, Any]) -> Object | None:
        """The class that a pool's nodes are made from."""
        return self._in.view.classes.get(of["spec"]["template"]["spec"]["nodeClassRef"]["name"])

    def _may_grow(self, one: Object) -> bool:
        going = bool(one["metadata"].get("deletionTimestamp"))
        return not going and is_ready(self.node_class(one)) and not list(breaches(one))

    def _scheduled(self, one: Object, daemons: tuple[Pod, ...]) -> Pool:
        node_class = self.node_class(one)
        assert node_class is not None
        name, sold = one["metadata"]["name"], self.candidates(one, node_class)
        read = self._read.get(name)
        if read is None or read[0] != one["spec"] or read[1] is not sold:  # choosing among all types takes a while
            read = self._read[name] = (one["spec"], sold, pool(one, sold))
        return replace(read[2], used=self.used(name), daemons=daemons)

    def _keep(self, one: Object) -> bool:
        if one["metadata"].get("deletionTimestamp"):
            return False
        status = self._status(one)
        if one.get("status") == status:
            return False
        self._in.view.patch(NODE_POOL, one, {"status": status}, subresource="status")
        return True

    def _status(self, one: Object) -> dict[str, Any]:
        used = self.used(one["metadata"]["name"])
        broken = next(iter(breaches(one)), None)
        class_ready = is_ready(self.node_class(one))
        wanted = [
            condition("ValidationSucceeded", status=broken is None, message="" if broken is None else broken.message),
            condition("NodeClassReady", status=class_ready, reason="" if class_ready else "NodeClassNotReady"),
        ]
        ready = all(entry["status"] == "True" for entry in wanted)
        why = next((entry["reason"] for entry in wanted if entry["status"] == "False"), "")
        wanted.append(condition("Ready", status=ready, reason=why))
        before = one.get("status") or {}
        known = before.get("conditions") or ()
        held = {**dict.fromkeys(before.get("resources") or (), 0), **used}  # a merge patch takes no key away
        return {
            "resources": {name: quantity(name, count) for name, count in sorted(held.items())},
            "nodes": used["nodes"],
            "conditions": merged(known, wanted, self._in.clock.now()),
        }


def is_static(pool: Mapping[str, Any]) -> bool:
    """Has it a fixed number of nodes, which pods do not move?"""
    return pool["spec"].get("replicas") is not None

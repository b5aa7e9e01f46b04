"""NodeOverlays: whether Karpenter heeds them at all, their status, and what it takes a pool's types to have."""

from collections.abc import Mapping
from typing import Any

from eksgpu.catalog.instance import instances
from eksgpu.sandbox.controllers.client import NODE_OVERLAY, Object
from eksgpu.sandbox.controllers.conditions import condition, merged
from eksgpu.sandbox.controllers.setting import Setting
from eksgpu.scheduling.offering import Candidate, type_requirements
from eksgpu.scheduling.overlay import conflicting, fault, overlaid, overlay

from .gates import Gates


class Overlays:
    """All overlays. With the feature gate off they are left alone, and say nothing of it."""

    def __init__(self, setting: Setting, gates: Gates) -> None:
        self._in = setting
        self._gates = gates
        self._changed = setting.view.overlays.subscribe()
        self._read: dict[str, tuple[tuple[Candidate, ...], tuple[object, ...], tuple[Candidate, ...]]] = {}
        self._conflicting: frozenset[str] = frozenset()

    def step(self) -> bool:
        """Bring their status up to date when one came, changed or went."""
        if not self._changed or not self.heeded:
            return False
        self._changed.clear()
        valid = [overlay(one) for one in self._in.view.overlays if fault(one) is None]
        self._conflicting = conflicting(valid, [type_requirements(item) for item in instances().values()])
        changed = [self._keep(one) for one in self._in.view.overlays]
        return any(changed)

    def applied(self, pool: Mapping[str, Any], sold: tuple[Candidate, ...]) -> tuple[Candidate, ...]:
        """The types as Karpenter takes them to be for this pool; the same tuple while nothing changes."""
        name = pool["metadata"]["name"]
        labels = (pool["spec"]["template"].get("metadata") or {}).get("labels") or {}
        given = [one for one in self._in.view.overlays if self._heeds(one)] if self.heeded else []
        if not given:
            return sold
        state = (labels, *(one["spec"] for one in given))
        read = self._read.get(name)
        if read is None or read[0] is not sold or read[1] != state:
            whole = overlaid(sold, map(overlay, given), pool=name, labels=labels)
            read = self._read[name] = (sold, state, whole)
        return read[2]

    @property
    def heeded(self) -> bool:
        """Is the feature gate on?"""
        return self._gates.on("NodeOverlay")

    def _heeds(self, one: Object) -> bool:
        return fault(one) is None and one["metadata"]["name"] not in self._conflicting

    def _keep(self, one: Object) -> bool:
        wrong = fault(one)
        clash = one["metadata"]["name"] in self._conflicting
        reason = "RequirementsInvalid" if wrong else "Conflict" if clash else ""
        message = wrong or ("conflict with another overlay" if clash else "")
        wanted = [
            condition("ValidationSucceeded", status=not reason, reason=reason, message=message),
            condition("Ready", status=not reason, reason=reason and "UnhealthyDependents"),
        ]
        known = (one.get("status") or {}).get("conditions") or ()
        status = {"conditions": merged(known, wanted, self._in.clock.now())}
        if one.get("status") == status:
            return False
        self._in.view.patch(NODE_OVERLAY, one, {"status": status}, subresource="status")
        return True

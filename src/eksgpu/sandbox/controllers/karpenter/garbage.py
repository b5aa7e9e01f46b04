"""Claims whose instance somebody else has ended: their nodes and pods go, so that others come in their place."""

from eksgpu.sandbox.controllers.client import NODE_CLAIM, POD, Object
from eksgpu.sandbox.controllers.conditions import holds
from eksgpu.sandbox.controllers.setting import Setting

from .journal import Journal

_EVERY_SECONDS = 120.0
"""Source: Karpenter v1.14.1, nodeclaim garbage collection."""


class Garbage:
    """Compares claims with instances every two minutes, as long as there are any."""

    def __init__(self, setting: Setting, journal: Journal) -> None:
        self._in = setting
        self._journal = journal
        self._claims = setting.view.claims.subscribe()
        self._at: float | None = None

    def step(self) -> bool:
        """Let go of what has lost its instance; was there any?"""
        now = self._in.clock.monotonic()
        if self._claims and self._at is None:
            self._at = now + _EVERY_SECONDS
        self._claims.clear()
        if self._at is None or now < self._at:
            return False
        self._at = now + _EVERY_SECONDS if len(self._in.view.claims) else None
        lost = [claim for claim in self._in.view.claims if self._lost(claim)]
        for claim in lost:
            self._let_go(claim)
        return bool(lost)

    @property
    def due(self) -> float | None:
        """When it will look again."""
        return self._at

    def _lost(self, claim: Object) -> bool:
        if claim["metadata"].get("deletionTimestamp") or not holds(claim, "Registered"):
            return False
        return not self._in.cloud.lives(claim["status"]["providerID"].rpartition("/")[2])

    def _let_go(self, claim: Object) -> None:
        # Nobody is there to end its pods in good order.
        for pod in self._in.view.pods_on(claim["status"].get("nodeName", "")):
            self._in.view.delete(POD, pod, grace=0)
        self._in.view.delete(NODE_CLAIM, claim)
        self._journal.write("garbage collected nodeclaim", NodeClaim={"name": claim["metadata"]["name"]})

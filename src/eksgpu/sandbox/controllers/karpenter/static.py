"""Static NodePools: so many nodes as `replicas` says, whether pods need them or not. Nothing is simulated for them.

Behind the feature gate `StaticCapacity`; with it off such a pool makes no node. Source: Karpenter v1.14, static
provisioning.
"""

from eksgpu.sandbox.controllers.client import NODE_CLAIM, Object
from eksgpu.sandbox.controllers.setting import Setting
from eksgpu.scheduling.packing import PlannedNode
from eksgpu.scheduling.pool import Pool

from .claim_object import claim_object
from .claims import Claims
from .gates import Gates
from .journal import Journal
from .names import pool_of
from .pools import Pools

_RETRY_SECONDS = 10.0


class StaticPools:
    """Keeps each static pool at its number. What got no node is tried again later."""

    def __init__(self, setting: Setting, pools: Pools, claims: Claims, journal: Journal, gates: Gates) -> None:
        self._in = setting
        self._pools = pools
        self._claims = claims
        self._journal = journal
        self._gates = gates
        view = setting.view
        self._touched = (view.pools.subscribe(), view.claims.subscribe(), view.classes.subscribe())
        self._at: float | None = None

    def step(self) -> bool:
        """Make or end nodes until each pool has its number; was anything changed?"""
        due = self._at is not None and self._in.clock.monotonic() >= self._at
        if not (any(self._touched) or due) or not self._gates.on("StaticCapacity"):
            return False
        for touched in self._touched:
            touched.clear()
        self._at = None
        changed = [self._keep(manifest, pool) for manifest, pool in self._pools.static()]
        return any(changed)

    @property
    def due(self) -> float | None:
        """When it will try again; None when every pool has its number."""
        return self._at

    def _keep(self, manifest: Object, pool: Pool) -> bool:
        claims = [one for one in self._in.view.claims if pool_of(one) == pool.name]
        staying = [one for one in claims if not one["metadata"].get("deletionTimestamp")]
        wanted = int(manifest["spec"]["replicas"])
        for claim in staying[wanted:]:
            self._journal.write("disrupting node(s)", reason="static", NodeClaim={"name": claim["metadata"]["name"]})
            self._in.view.delete(NODE_CLAIM, claim)
        room = min(wanted - len(staying), pool.limits.get("nodes", wanted) - len(claims))
        made = [self._make(manifest, pool) for _ in range(max(0, room))]
        if not all(made):
            self._at = self._in.clock.monotonic() + _RETRY_SECONDS
        return bool(staying[wanted:]) or any(made)

    def _make(self, manifest: Object, pool: Pool) -> bool:
        node = PlannedNode(pool, pool.requirements, pool.candidates, {})
        made = self._in.view.create(claim_object(manifest, node))
        if made is None:
            return False
        self._journal.write(
            "created nodeclaim", NodePool={"name": pool.name}, NodeClaim={"name": made["metadata"]["name"]}
        )
        return self._claims.launch(made)

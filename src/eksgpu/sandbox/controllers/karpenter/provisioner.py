"""From pods that fit nowhere to NodeClaims: Karpenter's batching, and the plan of `scheduling.packing`."""

from collections.abc import Iterable

from eksgpu.sandbox.controllers.client import Object
from eksgpu.sandbox.controllers.conditions import holds
from eksgpu.sandbox.controllers.setting import Setting
from eksgpu.scheduling.packing import PlannedNode, Standing, pack
from eksgpu.scheduling.pod import Pod, pod
from eksgpu.scheduling.pool import Pool
from eksgpu.scheduling.resources import Amounts, amounts, left, total
from eksgpu.scheduling.taints import Taint

from .claim_object import claim_object
from .claims import Claims
from .journal import Journal
from .names import pool_of
from .pools import Pools

_IDLE_SECONDS = 1.0
_RETRY_SECONDS = 10.0


class Provisioner:
    """Plans once no new pod has come for a second. What got no node is tried again later."""

    def __init__(self, setting: Setting, pools: Pools, claims: Claims, journal: Journal) -> None:
        self._in = setting
        self._pools = pools
        self._claims = claims
        self._journal = journal
        self._pods = setting.view.pods.subscribe()
        self._touched = (
            setting.view.pools.subscribe(),
            setting.view.classes.subscribe(),
            setting.view.overlays.subscribe(),
            setting.view.nodes.subscribe(),  # one may turn out to have less than was promised
        )
        self._parsed: dict[str, Pod] = {}
        self._told: dict[str, str] = {}
        self._at: float | None = None

    def step(self) -> bool:
        """Plan when it is time; were claims made?"""
        self._watch()
        if self._at is None or self._in.clock.monotonic() < self._at:
            return False
        self._at = None
        return self._provision()

    @property
    def due(self) -> float | None:
        """When it will plan; None when no pod waits."""
        return self._at

    def _watch(self) -> None:
        pods = (self._in.view.pods.at(at) for at in self._pods)
        waiting = any(one is not None and _provisionable(one) for one in pods)
        changed = any(self._touched)
        self._pods.clear()
        for touched in self._touched:
            touched.clear()
        if waiting or (changed and any(_provisionable(one) for one in self._in.view.pods_on(""))):
            self._at = self._in.clock.monotonic() + _IDLE_SECONDS

    def _provision(self) -> bool:
        waiting = {one["metadata"]["uid"]: one for one in self._in.view.pods_on("") if _provisionable(one)}
        if not waiting:
            self._parsed.clear()
            self._told.clear()
            return False
        self._parsed = {uid: self._parsed.get(uid) or pod(one) for uid, one in waiting.items()}
        by_pod = {id(parsed): waiting[uid] for uid, parsed in self._parsed.items()}
        usable = self._pools.usable()
        if not usable:
            return False
        plan = pack(self._parsed.values(), usable, self._standing(usable))
        if plan.nodes:
            self._journal.write("found provisionable pod(s)", pods=len(waiting))
        made = [self._claim(node, by_pod) for node in plan.nodes]
        for parsed, refusals in plan.refused:
            why = "; ".join(f'nodepool "{one.pool}": {one.message}' for one in refusals)
            self._tell(by_pod[id(parsed)], why)
        if plan.refused or not all(made):  # limits may be raised, capacity may come back
            self._at = self._in.clock.monotonic() + _RETRY_SECONDS
        return any(made)

    def _standing(self, usable: Iterable[Pool]) -> list[Standing]:
        """Nodes, and claims that are on their way to become one."""
        claims = [claim for claim in self._in.view.claims if not claim["metadata"].get("deletionTimestamp")]
        coming = {str((claim.get("status") or {}).get("nodeName") or ""): claim for claim in claims}
        found = [self._as_node(node, coming.get(node["metadata"]["name"])) for node in self._in.view.nodes]
        daemons = {one.name: one.overhead(one.requirements) for one in usable}
        found += [_as_coming(claim, daemons.get(pool_of(claim), {})) for claim in claims if self._unborn(claim)]
        return [one for one in found if one is not None]

    def _as_node(self, node: Object, claim: Object | None) -> Standing | None:
        metadata, spec = node["metadata"], node["spec"]
        allocatable = (node.get("status") or {}).get("allocatable")
        if metadata.get("deletionTimestamp") or spec.get("unschedulable") or not allocatable:
            return None
        young = claim is not None and not holds(claim, "Initialized")
        promised = amounts(claim["status"]["allocatable"]) if claim is not None and young else {}
        # A promise stands for whatever the node shows none of yet. Source: Karpenter v1.14.1, StateNode.Allocatable.
        have = {**promised, **{name: count for name, count in amounts(allocatable).items() if count}}
        taints = claim["spec"].get("taints") if claim is not None and young else spec.get("taints")
        taken = total(pod(one).requests for one in self._in.view.pods_on(metadata["name"]) if _takes(one))
        return Standing(metadata["name"], metadata.get("labels") or {}, _taints(taints), left(have, taken))

    def _unborn(self, claim: Object) -> bool:
        status = claim.get("status") or {}
        return bool(status.get("allocatable")) and self._in.view.nodes.get(status.get("nodeName", "")) is None

    def _claim(self, node: PlannedNode, by_pod: dict[int, Object]) -> bool:
        manifest = self._in.view.pools.get(node.pool.name)
        assert manifest is not None
        made = self._in.view.create(claim_object(manifest, node))
        if made is None:
            return False
        self._journal.write(
            "created nodeclaim", NodePool={"name": node.pool.name}, NodeClaim={"name": made["metadata"]["name"]}
        )
        launched = self._claims.launch(made)
        if launched:
            for parsed in node.pods:
                message = f"Pod should schedule on: nodeclaim/{made['metadata']['name']}"
                self._in.view.event(by_pod[id(parsed)], "Nominated", message)
        return launched

    def _tell(self, waiting: Object, why: str) -> None:
        """Say once why a pod gets no node."""
        uid = waiting["metadata"]["uid"]
        if self._told.get(uid) != why:
            self._told[uid] = why
            self._in.view.event(waiting, "FailedScheduling", f"Failed to schedule pod, {why}", "Warning")


def _provisionable(one: Object) -> bool:
    """Did the scheduler say that it fits nowhere, sends nobody away for it, and is it no daemon's?"""
    if one["spec"].get("nodeName") or one["metadata"].get("deletionTimestamp"):
        return False
    if any(reference["kind"] == "DaemonSet" for reference in one["metadata"].get("ownerReferences") or ()):
        return False
    status = one.get("status") or {}
    if status.get("nominatedNodeName"):
        return False
    conditions = status.get("conditions") or ()
    return any(each["type"] == "PodScheduled" and each.get("reason") == "Unschedulable" for each in conditions)


def _as_coming(claim: Object, daemons: Amounts) -> Standing:
    metadata, have = claim["metadata"], amounts(claim["status"]["allocatable"])
    taints = _taints(claim["spec"].get("taints"))
    return Standing(metadata["name"], metadata.get("labels") or {}, taints, left(have, daemons))


def _takes(one: Object) -> bool:
    return (one.get("status") or {}).get("phase") not in ("Succeeded", "Failed")


def _taints(taints: Iterable[dict[str, str]] | None) -> tuple[Taint, ...]:
    return tuple(Taint.parse(taint) for taint in taints or ())

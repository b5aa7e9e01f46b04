"""NodeClaims from launch to end: an instance, then a Node, then its devices; and back again, drained first."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from eksgpu.sandbox.controllers.client import NODE, NODE_CLAIM, POD, Object
from eksgpu.sandbox.controllers.cloud import Delivered, NoCapacity, Order
from eksgpu.sandbox.controllers.conditions import condition, holds, merged
from eksgpu.sandbox.controllers.node_object import INITIALIZED
from eksgpu.sandbox.controllers.setting import Setting
from eksgpu.scheduling.labels import CAPACITY_TYPE, INSTANCE_TYPE, NODE_CLASS, REGION, ZONE, instance_labels
from eksgpu.scheduling.offering import Candidate, Offering
from eksgpu.scheduling.packing import PlannedNode
from eksgpu.scheduling.pool import Pool, narrowed
from eksgpu.scheduling.requirements import Requirements
from eksgpu.scheduling.resources import amounts, extended, quantity

from .journal import Journal
from .names import DISRUPTED, FINALIZER, class_of, pool_of, without
from .pools import Pools
from .registration import registered_node

_NO_CAPACITY_SECONDS = 180.0
"""So long an offering without capacity is not tried again. Source: Karpenter v1.14.1, unavailable offerings cache."""


class Claims:
    """All claims. What is to happen next is kept by the claim's uid."""

    def __init__(self, setting: Setting, pools: Pools, journal: Journal) -> None:
        self._in = setting
        self._pools = pools
        self._journal = journal
        self._claims = setting.view.claims.subscribe()
        self._nodes = setting.view.nodes.subscribe()
        self._begun: set[tuple[str, str]] = set()
        self._dry: dict[tuple[str, str, str], float] = {}

    def launch(self, claim: Object) -> bool:
        """Start an instance for a claim; without capacity anywhere the claim is given up."""
        node_class = self._in.view.classes.get(class_of(claim))
        if node_class is None:
            return False
        refusal = NoCapacity("InsufficientInstanceCapacity", "no offering is left that was not refused just now")
        for candidate, offering in self._choices(claim, node_class):
            try:
                delivered = self._in.cloud.launch(_order(claim, node_class, candidate, offering))
            except NoCapacity as error:
                refusal = error
                self._note_dry(candidate, offering)
                continue
            self._launched(claim, node_class, candidate, offering, delivered)
            return True
        self._give_up(claim, refusal)
        return False

    def step(self) -> bool:
        """Carry on every claim that changed, or whose node did."""
        names = {name for _, name in self._claims} | self._of_nodes()
        self._claims.clear()
        self._nodes.clear()
        found = (self._in.view.claims.get(name) for name in sorted(names))
        changed = [self._carry_on(claim) for claim in found if claim is not None]
        return any(changed)

    def _of_nodes(self) -> set[str]:
        touched = {name for _, name in self._nodes}
        if not touched:
            return set()
        return {
            claim["metadata"]["name"]
            for claim in self._in.view.claims
            if (claim.get("status") or {}).get("nodeName") in touched
        }

    def _carry_on(self, claim: Object) -> bool:
        if claim["metadata"].get("deletionTimestamp"):
            return self._end(claim)
        if not holds(claim, "Launched"):
            # Only one that was made before a restart: a new claim is launched by whoever makes it.
            return self._once(claim, "launch", 0.0, self.launch)
        if not holds(claim, "Registered"):
            return self._once(claim, "register", self._wait("register", claim), self._register)
        if self._node_leaves(claim):
            self._in.view.delete(NODE_CLAIM, claim)
            return True
        if not holds(claim, "Initialized") and self._has_devices(claim):
            return self._once(claim, "initialize", self._wait("initialize", claim), self._initialize)
        return False

    def _choices(self, claim: Object, node_class: Object) -> list[tuple[Candidate, Offering]]:
        wanted = Requirements.parse(claim["spec"]["requirements"])
        requests = amounts(claim["spec"]["resources"]["requests"])
        types = wanted[INSTANCE_TYPE].values
        pool = self._in.view.pools.get(pool_of(claim))
        if pool is None:
            return []
        sold = (one for one in self._pools.candidates(pool, node_class) if one.item.name in types)
        kept = narrowed(sold, wanted, requests)
        now = self._in.clock.monotonic()
        self._dry = {offering: until for offering, until in self._dry.items() if until > now}
        return PlannedNode(Pool(pool_of(claim), wanted, kept), wanted, kept, requests).choices(self._dry)

    def _note_dry(self, candidate: Candidate, offering: Offering) -> None:
        at = (offering.capacity_type, candidate.item.name, offering.zone)
        self._dry[at] = self._in.clock.monotonic() + _NO_CAPACITY_SECONDS

    def _launched(
        self, claim: Object, node_class: Object, candidate: Candidate, offering: Offering, delivered: Delivered
    ) -> None:
        labels = {
            **instance_labels(candidate.item),
            CAPACITY_TYPE: offering.capacity_type,
            ZONE: offering.zone,
            REGION: self._in.cloud.region,
            NODE_CLASS: node_class["metadata"]["name"],
        }
        claim = self._in.view.patch(NODE_CLAIM, claim, {"metadata": {"labels": labels}}) or claim
        status = {
            "providerID": f"aws:///{offering.zone}/{delivered.instance_id}",
            "nodeName": delivered.node_name,
            "imageID": delivered.image,
            "capacity": {name: quantity(name, count) for name, count in candidate.capacity.items()},
            "allocatable": {name: quantity(name, count) for name, count in candidate.allocatable.items()},
        }
        self._mark(claim, "Launched", status=status)
        self._journal.write(
            "launched nodeclaim",
            NodeClaim={"name": claim["metadata"]["name"]},
            **{"instance-type": candidate.item.name, "zone": offering.zone, "capacity-type": offering.capacity_type},
        )

    def _give_up(self, claim: Object, refusal: NoCapacity) -> None:
        name = claim["metadata"]["name"]
        message = f"NodeClaim {name} event: creating instance, insufficient capacity, {refusal.code}: {refusal.message}"
        self._in.view.event(claim, "InsufficientCapacityError", message, "Warning")
        self._journal.write("failed launching nodeclaim", NodeClaim={"name": name}, error=message)
        self._in.view.delete(NODE_CLAIM, claim)

    def _register(self, claim: Object) -> None:
        node = self._in.view.register(registered_node(self._in, claim))
        if node is not None or self._node(claim) is not None:
            self._mark(claim, "Registered")

    def _initialize(self, claim: Object) -> None:
        node = self._node(claim)
        if node is None:
            return
        startup = [dict(taint) for taint in claim["spec"].get("startupTaints") or ()]
        kept = [taint for taint in node["spec"].get("taints") or () if taint not in startup]
        self._in.view.patch(NODE, node, {"metadata": {"labels": {INITIALIZED: "true"}}, "spec": {"taints": kept}})
        self._mark(claim, "Initialized", "Ready")
        self._journal.write("initialized nodeclaim", NodeClaim={"name": claim["metadata"]["name"]})

    def _node_leaves(self, claim: Object) -> bool:
        """Did somebody delete the node? Then its instance goes too, drained like any other."""
        node = self._node(claim)
        return node is None or bool(node["metadata"].get("deletionTimestamp"))

    def _has_devices(self, claim: Object) -> bool:
        """Ready, and every device that was asked for is there."""
        node = self._node(claim)
        if node is None or not holds(node, "Ready"):
            return False
        have, wanted = amounts(node["status"]["allocatable"]), amounts(claim["spec"]["resources"]["requests"])
        return all(have.get(name) for name, count in wanted.items() if count and extended(name))

    def _end(self, claim: Object) -> bool:
        node = self._node(claim)
        if node is not None and self._drain(node):
            return True
        return self._once(claim, "end", self._in.seconds("karpenter:node:delete") if node else 0.0, self._gone)

    def _drain(self, node: Object) -> bool:
        """Keep new pods off and send the others away; is one still there?"""
        taints = node["spec"].get("taints") or []
        if DISRUPTED not in taints:
            self._in.view.patch(NODE, node, {"spec": {"taints": [*taints, DISRUPTED]}})
        leaving = [pod for pod in self._in.view.pods_on(node["metadata"]["name"]) if not _stays(pod)]
        for pod in leaving:
            if not pod["metadata"].get("deletionTimestamp"):
                self._in.view.delete(POD, pod)
        return bool(leaving)

    def _gone(self, claim: Object) -> None:
        status = claim.get("status") or {}
        if status.get("providerID"):
            self._in.cloud.terminate(status["providerID"].rpartition("/")[2])
        node = self._node(claim)
        if node is not None:
            for pod in self._in.view.pods_on(node["metadata"]["name"]):
                self._in.view.delete(POD, pod, grace=0)
            self._in.view.delete(NODE, node)
            self._in.view.patch(NODE, node, without(node["metadata"].get("finalizers") or [], FINALIZER))
        self._in.view.patch(NODE_CLAIM, claim, without(claim["metadata"].get("finalizers") or [], FINALIZER))
        self._journal.write("deleted nodeclaim", NodeClaim={"name": claim["metadata"]["name"]})

    def _once(self, claim: Object, stage: str, seconds: float, action: Any) -> bool:
        """Have a stage happen after its time, with the claim as it is then. False when it is under way already."""
        uid, name = claim["metadata"]["uid"], claim["metadata"]["name"]
        if (uid, stage) in self._begun:
            return False
        self._begun.add((uid, stage))
        self._in.timers.after(seconds, partial(self._act, uid, name, stage, action))
        return True

    def _act(self, uid: str, name: str, stage: str, action: Any) -> None:
        claim = self._in.view.claims.get(name)
        going = claim is not None and bool(claim["metadata"].get("deletionTimestamp"))
        if claim is not None and claim["metadata"]["uid"] == uid and going == (stage == "end"):
            action(claim)

    def _wait(self, stage: str, claim: Object) -> float:
        requests = claim["spec"]["resources"]["requests"]
        gpu = "-gpu" if any(extended(name) for name in requests) else ""
        return self._in.seconds(f"karpenter:node:{stage}{gpu}")

    def _mark(self, claim: Object, *names: str, status: Mapping[str, Any] | None = None) -> None:
        """Say that these conditions hold now."""
        known = (claim.get("status") or {}).get("conditions") or ()
        conditions = merged(known, [condition(name) for name in names], self._in.clock.now())
        patch = {"status": {**(status or {}), "conditions": conditions}}
        self._in.view.patch(NODE_CLAIM, claim, patch, subresource="status")

    def _node(self, claim: Object) -> Object | None:
        return self._in.view.nodes.get(str((claim.get("status") or {}).get("nodeName") or ""))


def _order(claim: Object, node_class: Object, candidate: Candidate, offering: Offering) -> Order:
    return Order(
        node_class=node_class,
        node_pool=pool_of(claim),
        claim=claim["metadata"]["name"],
        instance_type=candidate.item.name,
        zone=offering.zone,
        capacity_type=offering.capacity_type,
    )


def _stays(pod: Object) -> bool:
    """Draining leaves daemons' pods, and what has ended."""
    owners = pod["metadata"].get("ownerReferences") or ()
    ended = (pod.get("status") or {}).get("phase") in ("Succeeded", "Failed")
    return ended or any(reference["kind"] == "DaemonSet" for reference in owners)

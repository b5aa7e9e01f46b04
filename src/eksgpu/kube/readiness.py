"""What differs from kind to kind: a table from group and kind to when an object is ready, and which are drained.

A kind that is not in the table is ready as soon as it exists. Sources: the API reference of each kind's status, and
kstatus (sigs.k8s.io/cli-utils) for what rollout means.
"""

from collections.abc import Callable, Mapping
from typing import Any

from eksgpu.engine.resource import State

from .names import GroupKind

Object = Mapping[str, Any]
Verdict = tuple[State, str]
Rule = Callable[[Object], Verdict]

READY: Verdict = (State.READY, "")


def readiness(group_kind: GroupKind, live: Object) -> Verdict:
    """The state of a live object and, unless it is ready, why."""
    if live["metadata"].get("deletionTimestamp"):
        finalizers = ", ".join(live["metadata"].get("finalizers") or ())
        return State.DELETING, f"waits for {finalizers}" if finalizers else ""
    rule = RULES.get(group_kind)
    return rule(live) if rule is not None else READY


def condition(live: Object, type_: str) -> Object:
    """One of its status conditions; empty when it has none of that type."""
    conditions = live.get("status", {}).get("conditions") or ()
    return next((one for one in conditions if one.get("type") == type_), {})


def words(found: Object) -> str:
    """Reason and message of a condition, as the controller wrote them."""
    return ": ".join(filter(None, (found.get("reason", ""), found.get("message", ""))))


def when(type_: str, *, failed: tuple[str, ...] = ()) -> Rule:
    """Ready when this condition is true; failed for good when one of `failed` is."""

    def rule(live: Object) -> Verdict:
        for bad in failed:
            if condition(live, bad).get("status") == "True":
                return State.FAILED, words(condition(live, bad))
        found = condition(live, type_)
        seen = found.get("observedGeneration", live["metadata"].get("generation"))
        if found.get("status") == "True" and seen == live["metadata"].get("generation"):
            return READY
        return State.PENDING, words(found) or f"condition {type_} is not true yet"

    return rule


def _deployment(live: Object) -> Verdict:
    progressing = condition(live, "Progressing")
    if progressing.get("reason") == "ProgressDeadlineExceeded":
        return State.FAILED, words(progressing)
    return _rolled_out(live, wanted=live["spec"].get("replicas", 1), ready="availableReplicas")


def _stateful_set(live: Object) -> Verdict:
    return _rolled_out(live, wanted=live["spec"].get("replicas", 1), ready="readyReplicas")


def _daemon_set(live: Object) -> Verdict:
    status = live.get("status", {})
    wanted = status.get("desiredNumberScheduled", 0)
    return _rolled_out(live, wanted=wanted, ready="numberAvailable", updated="updatedNumberScheduled")


def _rolled_out(live: Object, *, wanted: int, ready: str, updated: str = "updatedReplicas") -> Verdict:
    status = live.get("status", {})
    if status.get("observedGeneration", 0) < live["metadata"].get("generation", 0):
        return State.PENDING, "its controller has not seen it yet"
    if status.get(updated, 0) < wanted:
        return State.PENDING, f"{status.get(updated, 0)} of {wanted} pods are up to date"
    if status.get(ready, 0) < wanted:
        return State.PENDING, f"{status.get(ready, 0)} of {wanted} pods are ready"
    return READY


def _job(live: Object) -> Verdict:
    # A job may train for days: it is there, and that is all that others may wait for.
    failed = condition(live, "Failed")
    return (State.FAILED, words(failed)) if failed.get("status") == "True" else READY


def _pod(live: Object) -> Verdict:
    status = live.get("status", {})
    if status.get("phase") == "Failed":
        return State.FAILED, ": ".join(filter(None, (status.get("reason"), status.get("message"))))
    if status.get("phase") == "Succeeded" or condition(live, "Ready").get("status") == "True":
        return READY
    return State.PENDING, words(condition(live, "PodScheduled")) or str(status.get("phase", "Pending"))


def _namespace(live: Object) -> Verdict:
    return READY if live.get("status", {}).get("phase", "Active") == "Active" else (State.DELETING, "")


def _volume_claim(live: Object) -> Verdict:
    # Pending is no reason to wait: most claims are bound by the first pod that uses them.
    return (State.FAILED, "its volume is lost") if live.get("status", {}).get("phase") == "Lost" else READY


def _service(live: Object) -> Verdict:
    if live.get("spec", {}).get("type") != "LoadBalancer":
        return READY
    return _balanced(live)


def _balanced(live: Object) -> Verdict:
    if live.get("status", {}).get("loadBalancer", {}).get("ingress"):
        return READY
    return State.PENDING, "it has no load balancer yet"


def _crd(live: Object) -> Verdict:
    names = condition(live, "NamesAccepted")
    if names.get("status") == "False":
        return State.FAILED, words(names)
    return when("Established")(live)


# Gone only when what they own is: nodes are drained by a Karpenter that still runs, pods have let go of their GPUs.
DRAINED = frozenset({
    GroupKind("NodePool", "karpenter.sh"),
    GroupKind("Deployment", "apps"),
    GroupKind("StatefulSet", "apps"),
    GroupKind("DaemonSet", "apps"),
    GroupKind("Job", "batch"),
})  # fmt: skip

RULES: Mapping[GroupKind, Rule] = {
    GroupKind("Namespace"): _namespace,
    GroupKind("Pod"): _pod,
    GroupKind("Node"): when("Ready"),
    GroupKind("Service"): _service,
    GroupKind("PersistentVolumeClaim"): _volume_claim,
    GroupKind("Deployment", "apps"): _deployment,
    GroupKind("StatefulSet", "apps"): _stateful_set,
    GroupKind("DaemonSet", "apps"): _daemon_set,
    GroupKind("Job", "batch"): _job,
    GroupKind("Ingress", "networking.k8s.io"): _balanced,
    GroupKind("CustomResourceDefinition", "apiextensions.k8s.io"): _crd,
    GroupKind("APIService", "apiregistration.k8s.io"): when("Available"),
    GroupKind("NodePool", "karpenter.sh"): when("Ready"),
    GroupKind("NodeClaim", "karpenter.sh"): when("Ready"),
    GroupKind("EC2NodeClass", "karpenter.k8s.aws"): when("Ready"),
}

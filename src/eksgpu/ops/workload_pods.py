"""What a pod waits for, in one line: a node that is coming, an image, a container that does not start.

Pure: made from plain objects, as the API gives them.
"""

import re
from collections.abc import Iterable, Mapping, Sequence

from eksgpu.checks.live_cluster import Object
from eksgpu.kube.readiness import condition, words
from eksgpu.scheduling.labels import INSTANCE_TYPE, NODE_POOL

_NOMINATED = re.compile(r"Pod should schedule on: (?:nodeclaim/(?P<claim>[^\s,]+))?(?:, )?(?:node/(?P<node>\S+))?")
_EVENT_OF = re.compile(r"^NodeClaim \S+ event: ")
_STEPS = (
    ("Launched", "EC2 has not launched it yet"),
    ("Registered", "it boots and joins"),
    ("Initialized", "its devices and taints settle"),
)
_BROKEN = frozenset({
    "ErrImagePull", "ImagePullBackOff", "InvalidImageName", "CrashLoopBackOff", "CreateContainerConfigError",
    "CreateContainerError", "RunContainerError",
})  # fmt: skip


def over(pod: Object) -> bool:
    """Does it do what it is for: runs and is ready, or has ended well?"""
    return _phase(pod) == "Succeeded" or condition(pod, "Ready").get("status") == "True"


def waits_for(
    pod: Object, events: Sequence[Object], claims: Mapping[str, Object], refused: Sequence[Object] = ()
) -> str:
    """What keeps a pod from running, or how far it is.

    events:  those about this pod, the oldest first.
    claims:  NodeClaims by name.
    refused: events about NodeClaims that EC2 had no capacity for, the oldest first.
    """
    status = pod.get("status") or {}
    if pod["metadata"].get("deletionTimestamp"):
        return "it is being deleted"
    if _phase(pod) == "Failed":
        return f"it failed: {_ended(pod) or status.get('message') or status.get('reason') or 'nobody says why'}"
    if over(pod):
        return "it has ended" if _phase(pod) == "Succeeded" else f"it runs on {pod['spec'].get('nodeName')}"
    if not (pod.get("spec") or {}).get("nodeName"):
        return _no_node(pod, events, claims, refused)
    return _on_node(pod, events)


def about(pod: Object, events: Iterable[Object]) -> list[Object]:
    """The events about a pod, the oldest first."""
    uid = pod["metadata"]["uid"]
    return in_order(event for event in events if (event.get("involvedObject") or {}).get("uid") == uid)


def in_order(events: Iterable[Object]) -> list[Object]:
    """Events, the oldest first."""
    return sorted(events, key=_when)


def _no_node(pod: Object, events: Sequence[Object], claims: Mapping[str, Object], refused: Sequence[Object]) -> str:
    gates = [gate["name"] for gate in pod["spec"].get("schedulingGates") or ()]
    if gates:
        return f"it is held back by {', '.join(gates)}"
    for event in reversed(events):
        if event.get("reason") == "Nominated":
            nominated = _coming(event, claims)
            if nominated:
                return nominated
        if event.get("reason") == "FailedScheduling" and str(event.get("message", "")).startswith("Failed to schedule"):
            return f"no node will come for it: {event['message']}"
    since = str(pod["metadata"].get("creationTimestamp") or "")
    if refused and _when(refused[-1]) >= since:
        return f"the node that was ordered last did not come: {_EVENT_OF.sub('', str(refused[-1]['message']))}"
    return f"no node takes it: {words(condition(pod, 'PodScheduled')) or 'it has not been looked at yet'}"


def _coming(event: Object, claims: Mapping[str, Object]) -> str:
    found = _NOMINATED.search(str(event.get("message", "")))
    claim = claims.get(found["claim"] or "") if found is not None else None
    if found is None or (claim is None and not found["node"]):
        return ""  # the claim is gone again: what was said before counts no more
    if claim is None:
        return f"it goes to node {found['node']}"
    labels = claim["metadata"].get("labels") or {}
    what = f"a {labels[INSTANCE_TYPE]}" if INSTANCE_TYPE in labels else "a node"
    for step, meaning in _STEPS:
        seen = condition(claim, step)
        if seen.get("status") != "True":
            why = words(seen) if seen.get("status") == "False" else ""
            return f"{what} of pool {labels.get(NODE_POOL, '?')} is on its way: {why or meaning}"
    return f"{what} of pool {labels.get(NODE_POOL, '?')} is there for it"


def _on_node(pod: Object, events: Sequence[Object]) -> str:
    where = pod["spec"]["nodeName"]
    for one in _statuses(pod):
        waiting = (one.get("state") or {}).get("waiting") or {}
        if waiting.get("reason") in _BROKEN:
            return f"container {one['name']} on {where}: {words(waiting)}"
    last = next((event for event in reversed(events) if event.get("reason") in ("Pulling", "Pulled")), None)
    if last is not None and last["reason"] == "Pulling":
        return f"on {where}: {_lower(str(last['message']))}"
    warned = next((event for event in reversed(events) if event.get("type") == "Warning"), None)
    if warned is not None and _phase(pod) == "Pending" and warned.get("reason") != "FailedScheduling":
        return f"on {where}: {warned['message']}"
    if _phase(pod) == "Running":
        return f"it runs on {where} and is not ready yet: {words(condition(pod, 'Ready')) or 'its probe says no'}"
    return f"its containers are being created on {where}"


def _ended(pod: Object) -> str:
    for one in _statuses(pod):
        ended = (one.get("state") or {}).get("terminated") or {}
        if ended.get("exitCode"):
            return f"container {one['name']} ended with {ended['exitCode']} ({ended.get('reason', 'Error')})"
    return ""


def _statuses(pod: Object) -> list[Object]:
    status = pod.get("status") or {}
    return [*(status.get("initContainerStatuses") or ()), *(status.get("containerStatuses") or ())]


def _phase(pod: Object) -> str:
    return str((pod.get("status") or {}).get("phase", "Pending"))


def _when(event: Object) -> str:
    return str(event.get("lastTimestamp") or event.get("eventTime") or event["metadata"].get("creationTimestamp") or "")


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]

"""What controllers of workloads share: owner references, pods from a template, their states, and quiet writes."""

import hashlib
from collections.abc import Iterator
from typing import Any

import orjson

from eksgpu.sandbox.kubernetes.cluster import PODS, Cluster
from eksgpu.sandbox.kubernetes.failure import ApiError
from eksgpu.sandbox.kubernetes.store import Object
from eksgpu.sandbox.kubernetes.types.registry import StoreKey
from eksgpu.sandbox.kubernetes.verbs.create import admit
from eksgpu.sandbox.kubernetes.verbs.delete import Deletion, delete
from eksgpu.sandbox.kubernetes.verbs.events import Note, record
from eksgpu.sandbox.kubernetes.verbs.options import Options, copy

_ALPHABET = "bcdfghjklmnpqrstvwxz2456789"
_QUIET = Options()


def reference(owner: Object) -> dict[str, Any]:
    """The ownerReference of a controller."""
    return {
        "apiVersion": owner["apiVersion"],
        "kind": owner["kind"],
        "name": owner["metadata"]["name"],
        "uid": owner["metadata"]["uid"],
        "controller": True,
        "blockOwnerDeletion": True,
    }


def controller_of(found: Object) -> dict[str, Any] | None:
    """The reference to the one controller of an object."""
    rows = found["metadata"].get("ownerReferences", ())
    return next((row for row in rows if row.get("controller")), None)


def controlled(cluster: Cluster, owner: Object, key: StoreKey) -> list[Object]:
    """Objects of one type that `owner` controls."""
    uid = owner["metadata"]["uid"]
    return [
        found
        for held, found in cluster.store.owned_by(uid)
        if held == key and (controller_of(found) or {}).get("uid") == uid
    ]


def owner_uid(found: Object, kind: str) -> Iterator[str]:
    """The uid of the controlling owner when it is of `kind`."""
    owner = controller_of(found)
    if owner is not None and owner["kind"] == kind:
        yield owner["uid"]


def template_hash(template: Any) -> str:
    """A short hash of a pod template, in the letters that Kubernetes uses."""
    value = int.from_bytes(hashlib.sha256(orjson.dumps(template, option=orjson.OPT_SORT_KEYS)).digest()[:8], "big")
    text = ""
    for _ in range(10):
        value, at = divmod(value, len(_ALPHABET))
        text += _ALPHABET[at]
    return text


def make(cluster: Cluster, new: Object) -> Object:
    """Create an object as a controller does."""
    kind = cluster.types.of(new["apiVersion"], new["kind"])
    return admit(cluster, kind, new["metadata"].get("namespace", ""), new, _QUIET)


def make_pod(
    cluster: Cluster, owner: Object, template: Any, *, name: str = "", labels: dict[str, str] | None = None,
    spec: dict[str, Any] | None = None,
) -> Object | None:  # fmt: skip
    """A pod of `owner` from a template; None, with an event on the owner, when it is refused."""
    held = copy(template)
    meta = held.get("metadata", {})
    meta["namespace"] = owner["metadata"]["namespace"]
    meta["ownerReferences"] = [reference(owner)]
    meta |= {"name": name} if name else {"generateName": owner["metadata"]["name"] + "-"}
    if labels:
        meta["labels"] = {**meta.get("labels", {}), **labels}
    new = {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": {**held["spec"], **(spec or {})}}
    source = f"{owner['kind'].lower()}-controller"
    try:
        made = make(cluster, new)
    except ApiError as refused:
        record(cluster, owner, Note("FailedCreate", f"Error creating: {refused.message}", "Warning", source))
        return None
    record(cluster, owner, Note("SuccessfulCreate", f"Created pod: {made['metadata']['name']}", "Normal", source))
    return made


def remove_pod(cluster: Cluster, owner: Object, pod: Object) -> None:
    """Delete a pod of `owner`."""
    delete(cluster, cluster.types.of("v1", "Pod"), pod, Deletion())
    text = f"Deleted pod: {pod['metadata']['name']}"
    record(cluster, owner, Note("SuccessfulDelete", text, "Normal", f"{owner['kind'].lower()}-controller"))


def pods_of(cluster: Cluster, owner: Object) -> list[Object]:
    return controlled(cluster, owner, PODS)


def is_active(pod: Object) -> bool:
    """Neither ended nor on its way out."""
    return not pod["metadata"].get("deletionTimestamp") and pod["status"].get("phase") not in ("Succeeded", "Failed")


def is_ready(pod: Object) -> bool:
    return any(
        row["type"] == "Ready" and row["status"] == "True" for row in pod.get("status", {}).get("conditions", ())
    )


def set_status(cluster: Cluster, key: StoreKey, found: Object, status: dict[str, Any]) -> None:
    """Write a status when it differs."""
    if found.get("status") != status:
        cluster.store.put(key, {**found, "metadata": dict(found["metadata"]), "status": status})


def condition(cluster: Cluster, old: Any, kind: str, is_true: bool, why: tuple[str, str]) -> dict[str, Any]:
    """A condition; its transition time moves only with its status. `why` is (reason, message)."""
    wanted = "True" if is_true else "False"
    before = next((row for row in old or () if row["type"] == kind), None)
    if before and (before["status"], before.get("reason"), before.get("message")) == (wanted, *why):
        return dict(before)
    now = cluster.now()
    moved = before["lastTransitionTime"] if before and before["status"] == wanted else now
    return {
        "type": kind,
        "status": wanted,
        "lastUpdateTime": now,
        "lastTransitionTime": moved,
        "reason": why[0],
        "message": why[1],
    }


def at_least(amount: Any, total: int, *, up: bool) -> int:
    """A count or a percentage of `total`."""
    if isinstance(amount, str) and amount.endswith("%"):
        share = int(amount[:-1]) * total
        return -(-share // 100) if up else share // 100
    return int(amount or 0)

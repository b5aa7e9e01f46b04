"""Deleting an object: at once, after its finalizers, after a pod's grace, and what becomes of its dependents."""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from eksgpu.sandbox.kubernetes.cluster import NODES, PRIORITY_CLASSES, Cluster, timestamp
from eksgpu.sandbox.kubernetes.failure import bad_request, cause, conflict, forbidden, unreadable_options
from eksgpu.sandbox.kubernetes.query import flag, integer
from eksgpu.sandbox.kubernetes.store import Object
from eksgpu.sandbox.kubernetes.types.registry import ResourceType
from eksgpu.sandbox.kubernetes.verbs import definitions

FOREGROUND, ORPHAN = "foregroundDeletion", "orphan"
_IMMORTAL = ("default", "kube-system", "kube-public")
_POLICIES = ("Background", "Foreground", "Orphan")


@dataclass(frozen=True)
class Deletion:
    """DeleteOptions. `grace` in seconds, None for the object's own; `preconditions`: uid and resourceVersion.

    propagation: "" is the kind's own way.
    """

    propagation: str = ""
    grace: int | None = None
    preconditions: dict[str, str] = field(default_factory=dict)
    dry_run: bool = False

    @classmethod
    def of(cls, body: Any, query: dict[str, str]) -> "Deletion":
        """From the DeleteOptions of a request, and its query. Raises ApiError 400 or 422."""
        asked = body if isinstance(body, dict) else {}
        named = flag(query, "orphanDependents") if "orphanDependents" in query else None
        orphans = asked.get("orphanDependents", named)
        propagation = asked.get("propagationPolicy") or query.get("propagationPolicy")
        dry_run = asked.get("dryRun") or [word for word in (query.get("dryRun"),) if word]
        _check_options(asked, propagation, orphans, dry_run)
        grace = asked.get("gracePeriodSeconds")
        if grace is None:
            grace = integer(query, "gracePeriodSeconds")
        return cls(
            propagation or ("Orphan" if orphans else ""),
            1 if grace is not None and grace < 0 else grace,
            asked.get("preconditions") or {},
            bool(dry_run),
        )


def delete(cluster: Cluster, kind: ResourceType, old: Object, how: Deletion) -> Object:
    """The object as it is now, or as it was last. Raises ApiError 409 for failed preconditions."""
    _check(kind, old, how)
    meta = dict(old["metadata"])
    new = {**old, "metadata": meta}
    finalizers = _finalizers(meta, how if how.propagation else own_way(kind, how))
    grace = _grace(cluster, kind, old, how)
    if finalizers or grace or kind.qualified == "namespaces":
        return _mark(cluster, kind, old, new, finalizers, grace, dry_run=how.dry_run)
    if kind.qualified == "pods":
        _ending(cluster, old, meta, 0)
    if not how.dry_run:
        cluster.store.remove(kind.key, new)
        definitions.withdraw(cluster, kind, new)
    return new


def own_way(kind: ResourceType, how: Deletion) -> Deletion:
    """What becomes of dependents when nobody says it: only a Job leaves its pods behind."""
    return replace(how, propagation="Orphan" if kind.qualified == "jobs.batch" else "Background")


def _check_options(asked: dict[str, Any], propagation: str | None, orphans: bool | None, dry_run: list[str]) -> None:
    if asked.get("kind", "DeleteOptions") != "DeleteOptions":
        raise bad_request(f'no kind "{asked["kind"]}" is registered for version "{asked.get("apiVersion")}"')
    if not isinstance(asked.get("gracePeriodSeconds") or 0, int):
        text = "cannot unmarshal string into Go struct field DeleteOptions.gracePeriodSeconds of type int64"
        raise bad_request(f"json: {text}")
    causes = []
    if propagation and orphans is not None:
        why = "orphanDependents and deletionPropagation cannot be both set"
        causes.append(cause("propagationPolicy", "FieldValueInvalid", f'Invalid value: "{propagation}": {why}'))
    elif propagation and propagation not in _POLICIES:
        named = ", ".join(f'"{policy}"' for policy in (*_POLICIES, "nil"))
        message = f'Unsupported value: "{propagation}": supported values: {named}'
        causes.append(cause("propagationPolicy", "FieldValueNotSupported", message))
    if dry_run not in ([], ["All"]):
        shown = ", ".join(f'"{word}"' for word in dry_run)
        message = f'Unsupported value: [{shown}]: supported values: "All"'
        causes.append(cause("dryRun", "FieldValueNotSupported", message))
    if causes:
        raise unreadable_options("DeleteOptions", *causes)


def _check(kind: ResourceType, old: Object, how: Deletion) -> None:
    if kind.qualified == "namespaces" and old["metadata"]["name"] in _IMMORTAL:
        raise forbidden(kind, old["metadata"]["name"], "this namespace may not be deleted")
    if kind.key == PRIORITY_CLASSES and old["metadata"]["name"].startswith("system-"):
        why = "this is a system priority class and cannot be deleted"
        raise forbidden(kind, old["metadata"]["name"], why)
    for key, shown in (("uid", "UID"), ("resourceVersion", "ResourceVersion")):
        wanted, held = how.preconditions.get(key), old["metadata"][key]
        if wanted and wanted != held:
            why = f"Precondition failed: {shown} in precondition: {wanted}, {shown} in object meta: {held}"
            raise conflict(kind, old["metadata"]["name"], why)


def _finalizers(meta: dict[str, Any], how: Deletion) -> list[str]:
    held = [name for name in meta.get("finalizers", ()) if name not in (FOREGROUND, ORPHAN)]
    if how.propagation == "Foreground":
        held.append(FOREGROUND)
    elif how.propagation == "Orphan":
        held.append(ORPHAN)
    return held


def _grace(cluster: Cluster, kind: ResourceType, old: Object, how: Deletion) -> int:
    """Seconds that a kubelet has for a pod; a pod that no node runs needs none."""
    if kind.qualified != "pods":
        return 0
    node = old["spec"].get("nodeName")
    ended = old.get("status", {}).get("phase") in ("Succeeded", "Failed")
    if not node or ended or cluster.store.get(NODES, "", node) is None:
        return 0
    asked = old["spec"].get("terminationGracePeriodSeconds", 30) if how.grace is None else how.grace
    return int(asked)


def _mark(
    cluster: Cluster, kind: ResourceType, old: Object, new: Object, finalizers: list[str], grace: int, *, dry_run: bool
) -> Object:
    """Say when it will be gone; the kubelet, the controllers or the finalizers' owners do the rest."""
    meta = new["metadata"]
    if finalizers:
        meta["finalizers"] = finalizers
    _ending(cluster, old, meta, grace)
    if kind.qualified == "namespaces":
        meta.pop("deletionGracePeriodSeconds")
        new["status"] = {**new.get("status", {}), "phase": "Terminating"}
    if new != old and not dry_run:
        cluster.store.put(kind.key, new)
    return new


def _ending(cluster: Cluster, old: Object, meta: dict[str, Any], grace: int) -> None:
    meta.setdefault("deletionTimestamp", timestamp(cluster.clock.now() + timedelta(seconds=grace)))
    meta["deletionGracePeriodSeconds"] = min(grace, meta.get("deletionGracePeriodSeconds", grace))
    if "generation" in meta and "deletionTimestamp" not in old["metadata"]:
        meta["generation"] += 1

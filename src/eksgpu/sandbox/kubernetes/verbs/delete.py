"""Deleting an object: at once, after its finalizers, after a pod's grace, and what becomes of its dependents."""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from eksgpu.sandbox.kubernetes.cluster import NODES, Cluster, timestamp
from eksgpu.sandbox.kubernetes.failure import cause, conflict, forbidden, unreadable_options
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
        """From the DeleteOptions of a request, and its query. Raises ApiError 422."""
        asked = body if isinstance(body, dict) else {}
        orphans = asked.get("orphanDependents", query.get("orphanDependents") == "true")
        propagation = asked.get("propagationPolicy") or query.get("propagationPolicy")
        if propagation and propagation not in _POLICIES:
            named = ", ".join(f'"{policy}"' for policy in (*_POLICIES, "nil"))
            message = f'Unsupported value: "{propagation}": supported values: {named}'
            raise unreadable_options("DeleteOptions", cause("propagationPolicy", "FieldValueNotSupported", message))
        grace = asked.get("gracePeriodSeconds", query.get("gracePeriodSeconds"))
        return cls(
            propagation or ("Orphan" if orphans else ""),
            None if grace is None else int(grace),
            asked.get("preconditions") or {},
            bool(asked.get("dryRun") or query.get("dryRun")),
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


def _check(kind: ResourceType, old: Object, how: Deletion) -> None:
    if kind.qualified == "namespaces" and old["metadata"]["name"] in _IMMORTAL:
        raise forbidden(kind, old["metadata"]["name"], "this namespace may not be deleted")
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

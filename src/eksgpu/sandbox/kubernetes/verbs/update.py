"""Replacing an object: what may change through which door, generation, managed fields, and the end of finalizers."""

from typing import Any

from eksgpu.sandbox.kubernetes.cluster import Cluster
from eksgpu.sandbox.kubernetes.failure import bad_request, cause, conflict, invalid, modified
from eksgpu.sandbox.kubernetes.fields.managed import Manager, after_update
from eksgpu.sandbox.kubernetes.store import Object
from eksgpu.sandbox.kubernetes.types.defaults import fill
from eksgpu.sandbox.kubernetes.types.registry import ResourceType
from eksgpu.sandbox.kubernetes.verbs import definitions, strategy, validation
from eksgpu.sandbox.kubernetes.verbs.options import Options, decoded

_KEPT = ("uid", "creationTimestamp", "generation", "name", "namespace", "deletionTimestamp",
         "deletionGracePeriodSeconds", "generateName", "selfLink", "resourceVersion")  # fmt: skip
_NOT_SPEC = ("apiVersion", "kind", "metadata", "status")


def update(
    cluster: Cluster, kind: ResourceType, old: Object, raw: Any, options: Options, subresource: str = ""
) -> Object:
    """What a PUT does. Raises ApiError 400, 409 or 422."""
    new, held = decoded(raw, kind, options), old["metadata"]
    require_name(new, held["name"])
    meta = new["metadata"]
    if meta.get("namespace", held.get("namespace")) != held.get("namespace"):
        raise bad_request("the namespace of the provided object does not match the namespace sent on the request")
    if meta.get("uid") and meta["uid"] != held["uid"]:
        why = f"Precondition failed: UID in precondition: {meta['uid']}, UID in object meta: {held['uid']}"
        raise conflict(kind, held["name"], why)
    return replace(cluster, kind, old, new, options, subresource)


def require_name(body: Any, name: str) -> None:
    """Raises ApiError 400 for an object that is not the one of the path."""
    meta = body.get("metadata") if isinstance(body, dict) else None
    found = meta.get("name") if isinstance(meta, dict) else None
    if not found:
        raise bad_request(f"the name of the object ({name} based on URL) was undeterminable: name must be provided")
    if found != name:
        raise bad_request(f"the name of the object ({found}) does not match the name on the URL ({name})")


def replace(
    cluster: Cluster,
    kind: ResourceType,
    old: Object,
    new: Object,
    options: Options,
    subresource: str = "",
    managed: list[dict[str, Any]] | None = None,
) -> Object:
    """Put a decoded `new`, which may be changed, in the place of `old`. A write that changes nothing writes nothing."""
    _same_object(kind, old, new)
    new = _through_door(kind, old, new, subresource)
    _keep_metadata(kind, old, new)
    if not subresource:
        fill(new, kind.type, old)
        validation.require(kind, new)
        strategy.on_update(kind, old, new)
    validation.check(kind, new, old, subresource)
    meta = new["metadata"]
    if _spec(new) != _spec(old) and "generation" in meta:
        meta["generation"] += 1
    _manage(cluster, kind, old, new, options, subresource, managed)
    if _without_managed(new) == _without_managed(old) and _owners(new) == _owners(old):
        return old
    if options.dry_run:
        return new
    return finish(cluster, kind, new)


def finish(cluster: Cluster, kind: ResourceType, new: Object) -> Object:
    """Store `new`, or remove it when it was only waiting for its last finalizer."""
    meta = new["metadata"]
    if meta.get("deletionTimestamp") and not _holds(new):
        cluster.store.remove(kind.key, new)
        definitions.withdraw(cluster, kind, new)
        return new
    cluster.store.put(kind.key, new)
    definitions.register(cluster, kind, new)
    return new


def _holds(found: Object) -> bool:
    """Whether something still keeps an object that is being deleted: finalizers, or a pod's grace."""
    meta = found["metadata"]
    if meta.get("finalizers") or meta.get("deletionGracePeriodSeconds"):
        return True
    return found["kind"] == "Namespace" and bool(found["spec"].get("finalizers"))


def _same_object(kind: ResourceType, old: Object, new: Object) -> None:
    meta, name = new["metadata"], old["metadata"]["name"]
    if meta.get("resourceVersion") and meta["resourceVersion"] != old["metadata"]["resourceVersion"]:
        raise modified(kind, name)
    if meta.get("uid") and meta["uid"] != old["metadata"]["uid"]:
        message = f'Invalid value: "{meta["uid"]}": field is immutable'
        raise invalid(kind, name, [cause("metadata.uid", "FieldValueInvalid", message)])


def _through_door(kind: ResourceType, old: Object, new: Object, subresource: str) -> Object:
    if subresource == "status":
        strategy.on_status(kind, old, new)
        return {**old, "metadata": new["metadata"]} | ({"status": new["status"]} if "status" in new else {})
    if not kind.has_status or subresource:
        return new
    without = {key: value for key, value in new.items() if key != "status"}
    return without | ({"status": old["status"]} if "status" in old else {})


def _keep_metadata(kind: ResourceType, old: Object, new: Object) -> None:
    meta, before = new["metadata"], old["metadata"]
    for key in _KEPT:
        if key in before:
            meta[key] = before[key]
        else:
            meta.pop(key, None)
    if before.get("deletionTimestamp"):
        added = set(meta.get("finalizers", ())) - set(before.get("finalizers", ()))
        if added:
            text = "no new finalizers can be added if the object is being deleted, found new finalizers"
            message = f"Forbidden: {text} {sorted(added)}"
            raise invalid(kind, meta["name"], [cause("metadata.finalizers", "FieldValueForbidden", message)])


def _manage(
    cluster: Cluster,
    kind: ResourceType,
    old: Object,
    new: Object,
    options: Options,
    subresource: str,
    managed: list[dict[str, Any]] | None,
) -> None:
    meta = new["metadata"]
    if managed is None and options.manager:
        manager = Manager(options.manager, "Update", subresource, kind.api_version)
        managed = after_update(old, new, kind.type, manager, cluster.now())
    elif managed is None:
        managed = old["metadata"].get("managedFields", [])
    if managed:
        meta["managedFields"] = managed
    else:
        meta.pop("managedFields", None)


def _spec(found: Object) -> dict[str, Any]:
    return {key: value for key, value in found.items() if key not in _NOT_SPEC}


def _without_managed(found: Object) -> Object:
    meta = {key: value for key, value in found["metadata"].items() if key not in ("managedFields", "generation")}
    return {**found, "metadata": meta}


def _owners(found: Object) -> list[Any]:
    """Managed fields without their times."""
    return [(row["manager"], row["operation"], row["fieldsV1"]) for row in found["metadata"].get("managedFields", ())]

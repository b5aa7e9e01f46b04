"""Patches of four kinds: JSON merge, JSON patch, strategic merge, and server-side apply (which may create)."""

from typing import Any

import jsonpatch
import orjson

from eksgpu.sandbox.kubernetes.cluster import Cluster
from eksgpu.sandbox.kubernetes.failure import (
    ApiError,
    bad_request,
    cause,
    invalid,
    not_found,
    unreadable_options,
    unsupported_media,
)
from eksgpu.sandbox.kubernetes.fields.apply import server_side_apply
from eksgpu.sandbox.kubernetes.fields.managed import Manager
from eksgpu.sandbox.kubernetes.fields.merge import merge_patch
from eksgpu.sandbox.kubernetes.fields.paths import duplicate
from eksgpu.sandbox.kubernetes.fields.strategic import strategic_merge
from eksgpu.sandbox.kubernetes.store import Object
from eksgpu.sandbox.kubernetes.types.decoding import Mismatch, decode_object
from eksgpu.sandbox.kubernetes.types.registry import ResourceType
from eksgpu.sandbox.kubernetes.verbs.create import admit
from eksgpu.sandbox.kubernetes.verbs.options import Options, copy, decoded
from eksgpu.sandbox.kubernetes.verbs.update import replace

JSON_PATCH, MERGE, STRATEGIC, APPLY = (
    "application/json-patch+json",
    "application/merge-patch+json",
    "application/strategic-merge-patch+json",
    "application/apply-patch+yaml",
)


def patch(
    cluster: Cluster,
    kind: ResourceType,
    old: Object,
    media: str,
    change: Any,
    options: Options,
    subresource: str = "",
) -> Object:
    """A patch other than apply. Raises ApiError 400, 409, 415 or 422."""
    raw = changed(kind, old, media, change)
    if not isinstance(raw, dict) or not isinstance(raw.get("metadata"), dict):
        raise bad_request(f"the patched object is no {kind.kind}")
    if raw["metadata"].get("name") != old["metadata"]["name"]:
        raise bad_request("the name of the object may not be changed by a patch")
    meta = {key: value for key, value in raw["metadata"].items() if key != "managedFields"}
    if not _states_version(media, change):
        meta["resourceVersion"] = old["metadata"]["resourceVersion"]
    new = _patched({**raw, "metadata": meta}, kind, options, old)
    return replace(cluster, kind, old, new, options, subresource)


def _patched(raw: dict[str, Any], kind: ResourceType, options: Options, old: Object) -> Object:
    """What a patch leads to: where that is no such object, it is the patch that is wrong."""
    try:
        return decoded(raw, kind, options, old)
    except ApiError as wrong:
        why = cause("patch", "FieldValueInvalid", f"Invalid value: {wrong.message}")
        raise ApiError(422, "Invalid", f' "" is invalid: patch: {why["message"]}', {"causes": [why]}) from wrong


def changed(kind: ResourceType, old: Object, media: str, change: Any) -> Any:
    """The object that a patch makes of `old`."""
    if media == JSON_PATCH:
        return _json_patch(kind, old, change)
    if media == STRATEGIC and not kind.custom:
        return strategic_merge(old, change, kind.type)
    if media == MERGE:
        return merge_patch(old, change)
    accepted = [JSON_PATCH, MERGE, *([] if kind.custom else [STRATEGIC]), APPLY]
    raise unsupported_media(", ".join(accepted))


def apply(
    cluster: Cluster,
    kind: ResourceType,
    place: tuple[str, str],
    raw: Any,
    options: Options,
    subresource: str = "",
) -> tuple[Object, bool]:
    """Server-side apply at (namespace, name). The object, and whether it was created."""
    namespace, name = place
    config = _config(kind, place, raw, options)
    status = config.pop("status", None) if kind.has_status and not subresource else None
    live = cluster.store.get(kind.key, namespace, name)
    if live is None and subresource:
        raise not_found(kind, name)
    if (
        live is not None
        and config["metadata"].get("resourceVersion", live["metadata"]["resourceVersion"])
        != (live["metadata"]["resourceVersion"])
    ):
        raise ApiError(409, "Conflict", "the object has been modified; please apply your changes to the latest version")
    manager = Manager(options.manager, "Apply", subresource, kind.api_version)
    done = server_side_apply(live, config, kind.type, manager, force=options.force, at=cluster.now())
    merged = copy(done.object)
    if live is None:
        merged["metadata"].pop("resourceVersion", None)
        if merged["metadata"].get("uid"):
            why = cause("metadata.uid", "FieldValueInvalid", _immutable(merged["metadata"]["uid"]))
            raise invalid(kind, name, [why])
        if status is not None:
            merged["status"] = status  # a kubelet registers its node with its status
        return admit(cluster, kind, namespace, merged, options, done.managed), True
    merged["metadata"].pop("managedFields", None)
    return replace(cluster, kind, live, merged, options, subresource, done.managed), False


def _config(kind: ResourceType, place: tuple[str, str], raw: Any, options: Options) -> dict[str, Any]:
    """The manager's wish: typed, without what nobody may own, at the place of the request."""
    namespace, name = place
    if not options.manager:
        message = "Required value: is required for apply patch"
        raise unreadable_options("PatchOptions", cause("fieldManager", "FieldValueRequired", message))
    if not isinstance(raw, dict) or not raw.get("kind") or not raw.get("apiVersion"):
        raise bad_request("invalid object type: an applied object needs apiVersion and kind")
    try:
        found = decode_object(raw, kind.type)
    except Mismatch as wrong:
        raise _untyped(kind, place, wrong.apply_text) from wrong
    if found.unknown:
        raise _untyped(kind, place, f".{found.unknown[0]}: field not declared in schema")
    twice = duplicate(found.value, kind.type)
    if twice:
        raise _untyped(kind, place, twice)
    config = found.value
    meta = config.setdefault("metadata", {})
    if meta.get("managedFields"):
        raise bad_request("metadata.managedFields must be nil")
    if meta.setdefault("name", name) != name:
        raise bad_request(f"the name of the object ({meta['name']}) does not match the name on the URL ({name})")
    if kind.namespaced:
        meta["namespace"] = namespace
    config.update(apiVersion=kind.api_version, kind=kind.kind)
    return config


def _untyped(kind: ResourceType, place: tuple[str, str], why: str) -> ApiError:
    called = f"{place[0]}/{place[1]}; {kind.api_version if kind.group else '/' + kind.version}, Kind={kind.kind}"
    return ApiError(500, "", f"failed to create typed patch object ({called}): {why}")


def _json_patch(kind: ResourceType, old: Object, change: Any) -> Any:
    if not isinstance(change, list):
        raise bad_request("a JSON patch is a list of operations")
    new = copy(old)
    try:
        for step in change:
            new = jsonpatch.apply_patch(new, [_lenient(step, new)])
    except (jsonpatch.JsonPatchException, jsonpatch.JsonPointerException) as wrong:
        message = f"the server rejected our request due to an error in our request: {wrong}"
        raise ApiError(422, "Invalid", message, {"name": old["metadata"]["name"], "kind": kind.plural}) from wrong
    return new


def _lenient(step: Any, found: Any) -> Any:
    """A server lets `replace` add what is not there yet, in an object."""
    if not isinstance(step, dict) or step.get("op") != "replace":
        return step
    within = jsonpatch.JsonPointer(str(step.get("path", "")).rpartition("/")[0]).resolve(found, None)
    return {**step, "op": "add"} if isinstance(within, dict) else step


def _immutable(value: str) -> str:
    return f'Invalid value: "{value}": field is immutable'


def _states_version(media: str, change: Any) -> bool:
    if media == JSON_PATCH:
        return b"/metadata/resourceVersion" in orjson.dumps(change)
    return bool(isinstance(change, dict) and (change.get("metadata") or {}).get("resourceVersion"))

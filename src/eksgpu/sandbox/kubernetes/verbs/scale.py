"""The scale subresource of workloads, and of custom resources that declare its paths."""

from typing import Any

from eksgpu.sandbox.kubernetes import selectors
from eksgpu.sandbox.kubernetes.cluster import Cluster
from eksgpu.sandbox.kubernetes.failure import ApiError, bad_request, cause
from eksgpu.sandbox.kubernetes.store import Object
from eksgpu.sandbox.kubernetes.types.registry import ResourceType
from eksgpu.sandbox.kubernetes.verbs.options import Options, copy
from eksgpu.sandbox.kubernetes.verbs.update import replace

_META = ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")


def scale_of(kind: ResourceType, found: Object) -> dict[str, Any]:
    """The Scale object of a workload."""
    wanted = selectors.value_at(found, _wanted_path(kind)) or 0
    status: dict[str, Any] = {"replicas": selectors.value_at(found, _current_path(kind)) or 0}
    selector = selectors.value_at(found, "spec.selector.matchLabels")
    if selector:
        status["selector"] = ",".join(f"{key}={value}" for key, value in sorted(selector.items()))
    return {
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": {key: found["metadata"][key] for key in _META if key in found["metadata"]},
        "spec": {"replicas": wanted} if wanted else {},
        "status": status,
    }


def set_scale(
    cluster: Cluster, kind: ResourceType, old: Object, scale: Any, options: Options, *, patched: bool = False
) -> dict[str, Any]:
    """Take the replicas of a Scale, whose new state is the answer. Raises ApiError 400, or 422 if it was `patched`."""
    new, replicas = copy(old), _replicas(scale, patched=patched)
    place = new
    *path, last = _wanted_path(kind).split(".")
    for part in path:
        place = place.setdefault(part, {})
    place[last] = replicas
    version = scale.get("metadata", {}).get("resourceVersion")
    if version:
        new["metadata"]["resourceVersion"] = version
    return scale_of(kind, replace(cluster, kind, old, new, options, "scale"))


def _replicas(scale: Any, *, patched: bool) -> int:
    replicas = (scale.get("spec") or {}).get("replicas", 0) if isinstance(scale, dict) else None
    if isinstance(replicas, int) and not isinstance(replicas, bool):
        return replicas
    why = 'Scale in version "v1" cannot be handled as a Scale: ScaleSpec.spec.replicas is of type int32'
    if not patched:
        raise bad_request(why)
    found = cause("patch", "FieldValueInvalid", f"Invalid value: {why}")
    raise ApiError(422, "Invalid", f' "" is invalid: patch: {found["message"]}', {"causes": [found]})


def _wanted_path(kind: ResourceType) -> str:
    return kind.scale.get("specReplicasPath", ".spec.replicas").lstrip(".")


def _current_path(kind: ResourceType) -> str:
    return kind.scale.get("statusReplicasPath", ".status.replicas").lstrip(".")

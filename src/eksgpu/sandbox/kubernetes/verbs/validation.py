"""Checks of an object's meaning, with the server's words: names, labels, what must be there, what must never change.

Only what users of this tool run into is here; types of fields are checked when an object is decoded.
"""

from collections.abc import Callable, Iterator

from eksgpu.sandbox.kubernetes.failure import Cause, cause, invalid
from eksgpu.sandbox.kubernetes.store import Object
from eksgpu.sandbox.kubernetes.types import custom
from eksgpu.sandbox.kubernetes.types.limits import broken
from eksgpu.sandbox.kubernetes.types.registry import ResourceType
from eksgpu.sandbox.kubernetes.types.required import missing
from eksgpu.sandbox.kubernetes.verbs import (
    access_checks,
    names,
    network_checks,
    pod_checks,
    storage_checks,
    workload_checks,
)


def require(kind: ResourceType, new: Object) -> None:
    """Raises ApiError 422 for missing fields of a built-in type: what comes after may count on them."""
    paths = [] if kind.custom else missing(new, kind.type)
    if paths:
        causes = [cause(path, "FieldValueRequired", "Required value") for path in paths]
        raise invalid(kind, new["metadata"]["name"], causes)


def check(kind: ResourceType, new: Object, old: Object | None = None, subresource: str = "") -> None:
    """Raises ApiError 422 with every cause. Through the door of the status no spec passes that were to be checked."""
    causes = [*names.metadata(kind, new["metadata"], old)]
    if kind.custom:
        causes += custom.check(kind, new)
    elif subresource != "status":
        causes += broken(new, kind.type)
        causes += _CHECKS[kind.qualified](new, old) if kind.qualified in _CHECKS else ()
    if causes:
        raise invalid(kind, new["metadata"]["name"], causes)


def _priority_class(new: Object, old: Object | None) -> Iterator[Cause]:
    name = new["metadata"]["name"]
    if not name.startswith("system-") and new["value"] > 1_000_000_000:
        message = "Forbidden: maximum allowed value of a user defined priority is 1000000000"
        yield cause("value", "FieldValueForbidden", message)
    if name.startswith("system-") and name not in ("system-cluster-critical", "system-node-critical"):
        message = "Forbidden: priority class names with 'system-' prefix are reserved for system use only."
        yield cause("metadata.name", "FieldValueForbidden", message)
    if old is not None and new["value"] != old["value"]:
        yield cause("value", "FieldValueForbidden", "Forbidden: may not be changed in an update.")


def _definition(new: Object, _old: Object | None) -> Iterator[Cause]:
    spec, name = new.get("spec", {}), new["metadata"]["name"]
    wanted = f"{spec.get('names', {}).get('plural')}.{spec.get('group')}"
    if name != wanted:
        message = f'Invalid value: "{name}": must be spec.names.plural+"."+spec.group'
        yield cause("metadata.name", "FieldValueInvalid", message)
    if sum(bool(version.get("storage")) for version in spec.get("versions", ())) != 1:
        message = "Invalid value: must have exactly one version marked as storage version"
        yield cause("spec.versions", "FieldValueInvalid", message)


_CHECKS: dict[str, Callable[[Object, Object | None], Iterator[Cause]]] = {
    "pods": pod_checks.pod,
    "deployments.apps": workload_checks.deployment,
    "replicasets.apps": workload_checks.workload,
    "daemonsets.apps": workload_checks.daemon_set,
    "statefulsets.apps": workload_checks.stateful_set,
    "cronjobs.batch": workload_checks.cron_job,
    "ingresses.networking.k8s.io": network_checks.ingress,
    "horizontalpodautoscalers.autoscaling": workload_checks.scaler,
    "roles.rbac.authorization.k8s.io": access_checks.role,
    "clusterroles.rbac.authorization.k8s.io": access_checks.role,
    "priorityclasses.scheduling.k8s.io": _priority_class,
    "jobs.batch": workload_checks.job,
    "poddisruptionbudgets.policy": workload_checks.budget,
    "services": network_checks.service,
    "configmaps": storage_checks.immutable_data,
    "secrets": storage_checks.immutable_data,
    "persistentvolumeclaims": storage_checks.claim,
    "rolebindings.rbac.authorization.k8s.io": access_checks.role_binding,
    "clusterrolebindings.rbac.authorization.k8s.io": access_checks.role_binding,
    "storageclasses.storage.k8s.io": storage_checks.storage_class,
    "customresourcedefinitions.apiextensions.k8s.io": _definition,
}

"""Checks of an object's meaning, with the server's words: names, labels, what must be there, what must never change.

Only what users of this tool run into is here; types of fields are checked when an object is decoded.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from eksgpu.sandbox.kubernetes.failure import Cause, cause, invalid
from eksgpu.sandbox.kubernetes.store import Object
from eksgpu.sandbox.kubernetes.types import custom
from eksgpu.sandbox.kubernetes.types.limits import broken
from eksgpu.sandbox.kubernetes.types.quantity import number
from eksgpu.sandbox.kubernetes.types.registry import ResourceType
from eksgpu.sandbox.kubernetes.types.required import missing
from eksgpu.sandbox.kubernetes.verbs import names, pod_checks

_SERVICE_NAME = re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])?")
_PERCENT = re.compile(r"[0-9]+%")


def require(kind: ResourceType, new: Object) -> None:
    """Raises ApiError 422 for missing fields of a built-in type: what comes after may count on them."""
    paths = [] if kind.custom else missing(new, kind.type)
    if paths:
        causes = [cause(path, "FieldValueRequired", "Required value") for path in paths]
        raise invalid(kind, new["metadata"]["name"], causes)


def check(kind: ResourceType, new: Object, old: Object | None = None) -> None:
    """Raises ApiError 422 with every cause."""
    causes = [*names.metadata(kind, new["metadata"], old)]
    causes += custom.check(kind, new) if kind.custom else broken(new, kind.type)
    rule = _CHECKS.get(kind.qualified)
    if rule is not None:
        causes += rule(new, old)
    if causes:
        raise invalid(kind, new["metadata"]["name"], causes)


def _workload(new: Object, old: Object | None) -> Iterator[Cause]:
    """Deployment, ReplicaSet, DaemonSet, StatefulSet: the selector fits the template, and never changes."""
    spec = new.get("spec", {})
    selector = spec.get("selector")
    labels = spec.get("template", {}).get("metadata", {}).get("labels", {})
    if selector == {}:
        yield cause("spec.selector", "FieldValueInvalid", "Invalid value: {}: empty selector is invalid")
    elif any(labels.get(key) != value for key, value in selector.get("matchLabels", {}).items()):
        shown = _go_map(labels)
        yield cause(
            "spec.template.metadata.labels",
            "FieldValueInvalid",
            f"Invalid value: {shown}: `selector` does not match template `labels`",
        )
    if old is not None and selector != old["spec"].get("selector"):
        yield cause("spec.selector", "FieldValueInvalid", f"Invalid value: {_shown(selector)}: field is immutable")
    policy = spec.get("template", {}).get("spec", {}).get("restartPolicy")
    if policy != "Always":
        message = f'Unsupported value: "{policy}": supported values: "Always"'
        yield cause("spec.template.spec.restartPolicy", "FieldValueNotSupported", message)
    for name in ("strategy", "updateStrategy"):
        yield from _shares(spec.get(name, {}).get("rollingUpdate", {}), f"spec.{name}.rollingUpdate")
    yield from pod_checks.template(spec, "spec.template")


def _deployment(new: Object, old: Object | None) -> Iterator[Cause]:
    yield from _workload(new, old)
    spec = new["spec"]
    kind, rolling = spec.get("strategy", {}).get("type"), spec.get("strategy", {}).get("rollingUpdate", {})
    if kind not in ("Recreate", "RollingUpdate"):
        message = f'Unsupported value: "{kind}": supported values: "Recreate", "RollingUpdate"'
        yield cause("spec.strategy", "FieldValueNotSupported", message)
    elif kind == "Recreate" and rolling:
        message = "Forbidden: may not be specified when strategy `type` is 'Recreate'"
        yield cause("spec.strategy.rollingUpdate", "FieldValueForbidden", message)
    elif kind == "RollingUpdate" and _nothing(rolling.get("maxSurge")) and _nothing(rolling.get("maxUnavailable")):
        message = "Invalid value: 0: may not be 0 when `maxSurge` is 0"
        yield cause("spec.strategy.rollingUpdate.maxUnavailable", "FieldValueInvalid", message)
    if spec.get("progressDeadlineSeconds", 600) <= spec.get("minReadySeconds", 0):
        message = f"Invalid value: {spec['progressDeadlineSeconds']}: must be greater than minReadySeconds"
        yield cause("spec.progressDeadlineSeconds", "FieldValueInvalid", message)


def _nothing(share: int | str | None) -> bool:
    return share in (0, "0%")


def _daemon_set(new: Object, old: Object | None) -> Iterator[Cause]:
    yield from _workload(new, old)
    kind = new["spec"].get("updateStrategy", {}).get("type")
    if kind not in ("RollingUpdate", "OnDelete"):
        message = f'Unsupported value: "{kind}": supported values: "RollingUpdate", "OnDelete"'
        yield cause("spec.updateStrategy", "FieldValueNotSupported", message)


def _stateful_set(new: Object, old: Object | None) -> Iterator[Cause]:
    yield from _workload(new, old)
    policy = new["spec"].get("podManagementPolicy")
    if policy not in ("OrderedReady", "Parallel"):
        message = f"Invalid value: \"{policy}\": must be 'OrderedReady' or 'Parallel'"
        yield cause("spec.podManagementPolicy", "FieldValueInvalid", message)
    if old is not None and any(new["spec"].get(key) != old["spec"].get(key) for key in _FROZEN_IN_SET):
        message = "Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', "
        message += "'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and "
        yield cause("spec", "FieldValueForbidden", f"{message}'minReadySeconds' are forbidden")


_FROZEN_IN_SET = ("serviceName", "podManagementPolicy", "volumeClaimTemplates")


def _budget(new: Object, _old: Object | None) -> Iterator[Cause]:
    if "minAvailable" in new["spec"] and "maxUnavailable" in new["spec"]:
        message = "Invalid value: minAvailable and maxUnavailable cannot be both set"
        yield cause("spec", "FieldValueInvalid", message)
    yield from _shares(new["spec"], "spec")


def _shares(held: dict[str, Any], path: str) -> Iterator[Cause]:
    """Counts or percentages: the only strings are `25%` and the like."""
    for key in ("maxSurge", "maxUnavailable", "minAvailable"):
        value = held.get(key)
        if isinstance(value, str) and not _PERCENT.fullmatch(value):
            rule = "a valid percent string must be a numeric string followed by an ending '%'"
            yield cause(f"{path}.{key}", "FieldValueInvalid", f'Invalid value: "{value}": {rule}')
        elif isinstance(value, str) and key != "maxSurge" and int(value[:-1]) > 100:
            message = f'Invalid value: "{value}": must not be greater than 100%'
            yield cause(f"{path}.{key}", "FieldValueInvalid", message)


def _job(new: Object, old: Object | None) -> Iterator[Cause]:
    spec = new.get("spec", {})
    policy = spec.get("template", {}).get("spec", {}).get("restartPolicy")
    if policy not in ("OnFailure", "Never"):
        message = 'Required value: valid values: "OnFailure", "Never"'
        yield cause("spec.template.spec.restartPolicy", "FieldValueRequired", message)
    yield from pod_checks.template(spec, "spec.template")
    if old is not None:
        for key in ("completions", "selector", "completionMode", "template"):
            if spec.get(key) != old["spec"].get(key):
                message = f"Invalid value: {_shown(spec.get(key))}: field is immutable"
                yield cause(f"spec.{key}", "FieldValueInvalid", message)


def _service(new: Object, old: Object | None) -> Iterator[Cause]:
    spec = new.get("spec", {})
    if not spec.get("ports") and spec.get("type") != "ExternalName" and spec.get("clusterIP") != "None":
        yield cause("spec.ports", "FieldValueRequired", "Required value")
    yield from _ports(spec.get("ports", ()))
    if spec.get("type") == "ExternalName" and not spec.get("externalName"):
        yield cause("spec.externalName", "FieldValueRequired", "Required value")
    if not _SERVICE_NAME.fullmatch(new["metadata"]["name"]):
        message = f'Invalid value: "{new["metadata"]["name"]}": a DNS-1035 label must consist of lower case '
        message += "alphanumeric characters or '-', start with an alphabetic character"
        yield cause("metadata.name", "FieldValueInvalid", message)
    if old is not None and spec.get("type") != "ExternalName" and old["spec"].get("clusterIP") != spec.get("clusterIP"):
        message = f'Invalid value: ["{spec.get("clusterIP")}"]: may not change once set'
        yield cause("spec.clusterIPs[0]", "FieldValueInvalid", message)


def _ports(ports: Sequence[dict[str, Any]]) -> Iterator[Cause]:
    seen: set[str] = set()
    for at, port in enumerate(ports):
        name = port.get("name", "")
        if len(ports) > 1 and not name:
            yield cause(f"spec.ports[{at}].name", "FieldValueRequired", "Required value")
        elif name and name in seen:
            yield cause(f"spec.ports[{at}].name", "FieldValueDuplicate", f'Duplicate value: "{name}"')
        seen.add(name)


def _immutable_data(new: Object, old: Object | None) -> Iterator[Cause]:
    """Keys of ConfigMaps and Secrets, and those marked `immutable`; the type of a Secret."""
    yield from names.config_keys([*new.get("data", ()), *new.get("binaryData", ())])
    for key in new.get("data", {}).keys() & new.get("binaryData", {}).keys():
        yield cause(
            f"data[{key}]", "FieldValueInvalid", f'Invalid value: "{key}": duplicate of key present in binaryData'
        )
    if new.get("type") == "kubernetes.io/tls":
        for key in ("tls.crt", "tls.key"):
            if key not in new.get("data", {}):
                yield cause(f"data[{key}]", "FieldValueRequired", "Required value")
    if old is None:
        return
    if old.get("immutable"):
        if not new.get("immutable"):
            message = "Forbidden: field is immutable when `immutable` is set"
            yield cause("immutable", "FieldValueForbidden", message)
        if new.get("data") != old.get("data"):
            yield cause("data", "FieldValueForbidden", "Forbidden: field is immutable when `immutable` is set")
    if new.get("type") != old.get("type"):
        yield cause("type", "FieldValueInvalid", f"Invalid value: {_shown(new.get('type'))}: field is immutable")


def _claim(new: Object, old: Object | None) -> Iterator[Cause]:
    spec = new.get("spec", {})
    for mode in spec.get("accessModes", ()):
        if mode not in _ACCESS_MODES:
            named = ", ".join(f'"{known}"' for known in _ACCESS_MODES)
            message = f'Unsupported value: "{mode}": supported values: {named}'
            yield cause("spec.accessModes", "FieldValueNotSupported", message)
    asked = spec.get("resources", {}).get("requests", {}).get("storage")
    if asked is not None and number(asked) <= 0:
        message = f'Invalid value: "{asked}": must be greater than zero'
        yield cause("spec.resources[storage]", "FieldValueInvalid", message)
    if old is not None and _settled(spec, old) != _settled(old["spec"], old):
        message = "Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName "
        yield cause("spec", "FieldValueForbidden", f"{message}for bound claims")
    if not spec.get("accessModes"):
        yield cause("spec.accessModes", "FieldValueRequired", "Required value: at least 1 access mode is required")
    if "storage" not in spec.get("resources", {}).get("requests", {}):
        yield cause("spec.resources[storage]", "FieldValueRequired", "Required value")


_ACCESS_MODES = ("ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod")


def _settled(spec: dict[str, Any], old: Object) -> dict[str, Any]:
    """What of a claim's spec may not change; a bound one may grow."""
    free = ["volumeName"]
    if old.get("status", {}).get("phase") == "Bound":
        free += ["resources", "volumeAttributesClassName"]
    return {key: value for key, value in spec.items() if key not in free}


def _cron_job(new: Object, _old: Object | None) -> Iterator[Cause]:
    schedule, name = new["spec"].get("schedule", ""), new["metadata"]["name"]
    fields = schedule.split()
    if not schedule:
        yield cause("spec.schedule", "FieldValueRequired", "Required value")
    elif len(fields) != 5 and not schedule.startswith("@"):
        message = f'Invalid value: "{schedule}": expected exactly 5 fields, found {len(fields)}: {fields}'
        yield cause("spec.schedule", "FieldValueInvalid", message)
    if len(name) > 52:
        yield cause(
            "metadata.name", "FieldValueInvalid", f'Invalid value: "{name}": must be no more than 52 characters'
        )


def _ingress(new: Object, _old: Object | None) -> Iterator[Cause]:
    if not new["spec"].get("defaultBackend") and not new["spec"].get("rules"):
        message = "Invalid value: null: either `defaultBackend` or `rules` must be specified"
        yield cause("spec", "FieldValueInvalid", message)


def _scaler(new: Object, _old: Object | None) -> Iterator[Cause]:
    spec = new["spec"]
    if spec["maxReplicas"] < spec.get("minReplicas", 1):
        message = f"Invalid value: {spec['maxReplicas']}: must be greater than or equal to `minReplicas`"
        yield cause("spec.maxReplicas", "FieldValueInvalid", message)
    if not spec["scaleTargetRef"].get("name"):
        yield cause("spec.scaleTargetRef.name", "FieldValueRequired", "Required value")


def _role(new: Object, _old: Object | None) -> Iterator[Cause]:
    for at, rule in enumerate(new.get("rules") or ()):
        if rule.get("nonResourceURLs"):
            continue
        for key in ("apiGroups", "resources", "verbs"):
            if not rule.get(key):
                yield cause(f"rules[{at}].{key}", "FieldValueRequired", "Required value")


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


def _role_binding(new: Object, old: Object | None) -> Iterator[Cause]:
    if not new["roleRef"].get("name"):
        yield cause("roleRef.name", "FieldValueRequired", "Required value")
    if old is not None and new.get("roleRef") != old.get("roleRef"):
        yield cause(
            "roleRef", "FieldValueInvalid", f"Invalid value: {_shown(new.get('roleRef'))}: cannot change roleRef"
        )


def _storage_class(new: Object, old: Object | None) -> Iterator[Cause]:
    if not new.get("provisioner"):
        yield cause("provisioner", "FieldValueRequired", "Required value")
    if old is not None and new.get("provisioner") != old.get("provisioner"):
        yield cause("provisioner", "FieldValueForbidden", "Forbidden: updates to provisioner are forbidden.")
    if old is not None and new.get("parameters") != old.get("parameters"):
        yield cause("parameters", "FieldValueForbidden", "Forbidden: updates to parameters are forbidden.")


def _definition(new: Object, _old: Object | None) -> Iterator[Cause]:
    spec, name = new.get("spec", {}), new["metadata"]["name"]
    wanted = f"{spec.get('names', {}).get('plural')}.{spec.get('group')}"
    if name != wanted:
        message = f'Invalid value: "{name}": must be spec.names.plural+"."+spec.group'
        yield cause("metadata.name", "FieldValueInvalid", message)
    if sum(bool(version.get("storage")) for version in spec.get("versions", ())) != 1:
        message = "Invalid value: must have exactly one version marked as storage version"
        yield cause("spec.versions", "FieldValueInvalid", message)


def _shown(value: Any) -> str:
    if isinstance(value, str):
        return f'"{value}"'
    return str(value)


def _go_map(labels: dict[str, str]) -> str:
    return "map[string]string{" + ", ".join(f'"{key}":"{value}"' for key, value in sorted(labels.items())) + "}"


_CHECKS: dict[str, Callable[[Object, Object | None], Iterator[Cause]]] = {
    "pods": pod_checks.pod,
    "deployments.apps": _deployment,
    "replicasets.apps": _workload,
    "daemonsets.apps": _daemon_set,
    "statefulsets.apps": _stateful_set,
    "cronjobs.batch": _cron_job,
    "ingresses.networking.k8s.io": _ingress,
    "horizontalpodautoscalers.autoscaling": _scaler,
    "roles.rbac.authorization.k8s.io": _role,
    "clusterroles.rbac.authorization.k8s.io": _role,
    "priorityclasses.scheduling.k8s.io": _priority_class,
    "jobs.batch": _job,
    "poddisruptionbudgets.policy": _budget,
    "services": _service,
    "configmaps": _immutable_data,
    "secrets": _immutable_data,
    "persistentvolumeclaims": _claim,
    "rolebindings.rbac.authorization.k8s.io": _role_binding,
    "clusterrolebindings.rbac.authorization.k8s.io": _role_binding,
    "storageclasses.storage.k8s.io": _storage_class,
    "customresourcedefinitions.apiextensions.k8s.io": _definition,
}

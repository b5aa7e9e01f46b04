"""Checks of an object's meaning, with the server's words: names, labels, what must be there, what must never change.

Only what users of this tool run into is here; types of fields are checked when an object is decoded.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

from eksgpu.sandbox.kubernetes.failure import Cause, cause, invalid
from eksgpu.sandbox.kubernetes.store import Object
from eksgpu.sandbox.kubernetes.types import custom
from eksgpu.sandbox.kubernetes.types.registry import ResourceType
from eksgpu.sandbox.kubernetes.types.required import missing
from eksgpu.sandbox.kubernetes.verbs import pod_checks

_SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_VALUE = re.compile(r"([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]|")
_PERCENT = re.compile(r"[0-9]+%")
_ANY_NAME = ("rbac.authorization.k8s.io",)  # names like `system:node` are fine there
ANNOTATIONS_LIMIT = 256 * 1024
_RULES = {
    "subdomain": "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and "
    "must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is "
    r"'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
    "label": "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start "
    "and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is "
    "'[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
    "value": "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must "
    "start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for "
    "validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
}


def require(kind: ResourceType, new: Object) -> None:
    """Raises ApiError 422 for missing fields of a built-in type: what comes after may count on them."""
    paths = [] if kind.custom else missing(new, kind.type)
    if paths:
        causes = [cause(path, "FieldValueRequired", "Required value") for path in paths]
        raise invalid(kind, new["metadata"]["name"], causes)


def check(kind: ResourceType, new: Object, old: Object | None = None) -> None:
    """Raises ApiError 422 with every cause."""
    causes = [*_metadata(kind, new["metadata"], old)]
    if kind.custom:
        causes += custom.check(kind, new)
    rule = _CHECKS.get(kind.qualified)
    if rule is not None:
        causes += rule(new, old)
    if causes:
        raise invalid(kind, new["metadata"]["name"], causes)


def _metadata(kind: ResourceType, meta: dict[str, Any], old: Object | None) -> Iterator[Cause]:
    name = meta["name"]
    if old is None and kind.group not in _ANY_NAME:
        rule, shape = ("label", _LABEL) if kind.qualified in ("namespaces", "services") else ("subdomain", _SUBDOMAIN)
        if not shape.fullmatch(name):
            yield cause("metadata.name", "FieldValueInvalid", f'Invalid value: "{name}": {_RULES[rule]}')
        elif len(name) > (63 if rule == "label" else 253):
            limit = 63 if rule == "label" else 253
            yield cause(
                "metadata.name", "FieldValueInvalid", f'Invalid value: "{name}": must be no more than {limit} bytes'
            )
    for value in (meta.get("labels") or {}).values():
        if not _VALUE.fullmatch(value) or len(value) > 63:
            yield cause("metadata.labels", "FieldValueInvalid", f'Invalid value: "{value}": {_RULES["value"]}')
    size = sum(len(key) + len(value) for key, value in (meta.get("annotations") or {}).items())
    if size > ANNOTATIONS_LIMIT:
        message = f"Too long: may not be more than {ANNOTATIONS_LIMIT} bytes"
        yield cause("metadata.annotations", "FieldValueTooLong", message)


def _workload(new: Object, old: Object | None) -> Iterator[Cause]:
    """Deployment, ReplicaSet, DaemonSet, StatefulSet: the selector fits the template, and never changes."""
    spec = new.get("spec", {})
    selector = spec.get("selector")
    labels = spec.get("template", {}).get("metadata", {}).get("labels", {})
    if selector is None:
        yield cause("spec.selector", "FieldValueRequired", "Required value")
    elif any(labels.get(key) != value for key, value in selector.get("matchLabels", {}).items()):
        shown = _go_map(labels)
        yield cause(
            "spec.template.metadata.labels",
            "FieldValueInvalid",
            f"Invalid value: {shown}: `selector` does not match template `labels`",
        )
    if old is not None and selector != old["spec"].get("selector"):
        yield cause("spec.selector", "FieldValueInvalid", f"Invalid value: {_shown(selector)}: field is immutable")
    if spec.get("replicas", 0) < 0:
        text = f"Invalid value: {spec['replicas']}: must be greater than or equal to 0"
        yield cause("spec.replicas", "FieldValueInvalid", text)
    for name in ("strategy", "updateStrategy"):
        yield from _shares(spec.get(name, {}).get("rollingUpdate", {}), f"spec.{name}.rollingUpdate")
    yield from pod_checks.template(spec, "spec.template")


def _budget(new: Object, _old: Object | None) -> Iterator[Cause]:
    yield from _shares(new["spec"], "spec")


def _shares(held: dict[str, Any], path: str) -> Iterator[Cause]:
    """Counts or percentages: the only strings are `25%` and the like."""
    for key in ("maxSurge", "maxUnavailable", "minAvailable"):
        value = held.get(key)
        if isinstance(value, str) and not _PERCENT.fullmatch(value):
            rule = "a valid percent string must be a numeric string followed by an ending '%'"
            yield cause(f"{path}.{key}", "FieldValueInvalid", f'Invalid value: "{value}": {rule}')


def _job(new: Object, old: Object | None) -> Iterator[Cause]:
    spec = new.get("spec", {})
    policy = spec.get("template", {}).get("spec", {}).get("restartPolicy")
    if policy not in ("OnFailure", "Never"):
        message = f'Unsupported value: "{policy}": supported values: "OnFailure", "Never"'
        yield cause("spec.template.spec.restartPolicy", "FieldValueNotSupported", message)
    yield from pod_checks.template(spec, "spec.template")
    if old is not None:
        for key in ("selector", "completionMode", "template"):
            if spec.get(key) != old["spec"].get(key):
                message = f"Invalid value: {_shown(spec.get(key))}: field is immutable"
                yield cause(f"spec.{key}", "FieldValueInvalid", message)


def _service(new: Object, old: Object | None) -> Iterator[Cause]:
    spec = new.get("spec", {})
    if not spec.get("ports") and spec.get("type") != "ExternalName" and spec.get("clusterIP") != "None":
        yield cause("spec.ports", "FieldValueRequired", "Required value")
    if old is not None and spec.get("type") != "ExternalName" and old["spec"].get("clusterIP") != spec.get("clusterIP"):
        message = f'Invalid value: ["{spec.get("clusterIP")}"]: may not change once set'
        yield cause("spec.clusterIPs[0]", "FieldValueInvalid", message)


def _immutable_data(new: Object, old: Object | None) -> Iterator[Cause]:
    """ConfigMaps and Secrets marked `immutable`; the type of a Secret."""
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


def _claim(new: Object, _old: Object | None) -> Iterator[Cause]:
    spec = new.get("spec", {})
    if not spec.get("accessModes"):
        yield cause("spec.accessModes", "FieldValueRequired", "Required value: at least 1 access mode is required")
    if "storage" not in spec.get("resources", {}).get("requests", {}):
        yield cause("spec.resources[storage]", "FieldValueRequired", "Required value")


def _role_binding(new: Object, old: Object | None) -> Iterator[Cause]:
    if old is not None and new.get("roleRef") != old.get("roleRef"):
        yield cause(
            "roleRef", "FieldValueInvalid", f"Invalid value: {_shown(new.get('roleRef'))}: cannot change roleRef"
        )


def _storage_class(new: Object, old: Object | None) -> Iterator[Cause]:
    if not new.get("provisioner"):
        yield cause("provisioner", "FieldValueRequired", "Required value")
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
    "deployments.apps": _workload,
    "replicasets.apps": _workload,
    "daemonsets.apps": _workload,
    "statefulsets.apps": _workload,
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

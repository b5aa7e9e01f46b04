"""Checks of pods and of pod templates: containers, names, resources, ports, and what of a running pod may change."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from eksgpu.sandbox.kubernetes.failure import Cause, cause
from eksgpu.sandbox.kubernetes.store import Object
from eksgpu.sandbox.kubernetes.types.quantity import number
from eksgpu.sandbox.kubernetes.verbs import names

_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_CHANGEABLE = (
    "activeDeadlineSeconds", "tolerations", "nodeName", "schedulingGates", "ephemeralContainers",
)  # fmt: skip
_FROZEN = (
    "Forbidden: pod updates may not change fields other than `spec.containers[*].image`,"
    "`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing "
    "tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)"
)


_HANDLERS = {"exec", "grpc", "httpGet", "tcpSocket"}
_STANDARD = ("cpu", "memory", "ephemeral-storage")
_REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"


def pod(new: Object, old: Object | None) -> Iterator[Cause]:
    """What is wrong with a pod."""
    yield from _spec(new.get("spec", {}), "spec")
    if old is not None and _frozen(new["spec"]) != _frozen(old["spec"]):
        yield cause("spec", "FieldValueForbidden", _FROZEN)


def template(spec: dict[str, Any], path: str) -> Iterator[Cause]:
    """What is wrong with the pod template in the spec of a workload."""
    yield from _spec(spec.get("template", {}).get("spec", {}), f"{path}.spec")


def _spec(spec: dict[str, Any], path: str) -> Iterator[Cause]:
    if not spec.get("containers"):
        yield cause(f"{path}.containers", "FieldValueRequired", "Required value")
    yield from _placement(spec, path)
    yield from _volumes(spec.get("volumes", ()), f"{path}.volumes")
    seen: set[str] = set()
    volumes = {volume.get("name") for volume in spec.get("volumes", ())}
    for group in ("initContainers", "containers"):
        for at, container in enumerate(spec.get(group, ())):
            here = f"{path}.{group}[{at}]"
            yield from _container(container, here, volumes)
            if container.get("name") in seen:
                yield cause(f"{here}.name", "FieldValueDuplicate", f'Duplicate value: "{container["name"]}"')
            seen.add(container.get("name", ""))


def _container(container: dict[str, Any], path: str, volumes: set[str | None]) -> Iterator[Cause]:
    name = container.get("name", "")
    if not name:
        yield cause(f"{path}.name", "FieldValueRequired", "Required value")
    elif not _LABEL.fullmatch(name):
        message = f'Invalid value: "{name}": a lowercase RFC 1123 label must consist of lower case alphanumeric '
        message += "characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or "
        message += "'123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
        yield cause(f"{path}.name", "FieldValueInvalid", message)
    if not container.get("image"):
        yield cause(f"{path}.image", "FieldValueRequired", "Required value")
    yield from _resources(container.get("resources", {}), f"{path}.resources")
    yield from _environment(container.get("env", ()), f"{path}.env")
    for name in ("livenessProbe", "readinessProbe", "startupProbe"):
        if name in container and not _HANDLERS & container[name].keys():
            yield cause(f"{path}.{name}", "FieldValueRequired", "Required value: must specify a handler type")
    for at, port in enumerate(container.get("ports", ())):
        if "containerPort" not in port:
            yield cause(f"{path}.ports[{at}].containerPort", "FieldValueRequired", "Required value")
    for at, mount in enumerate(container.get("volumeMounts", ())):
        if mount.get("name") not in volumes:
            yield cause(f"{path}.volumeMounts[{at}].name", "FieldValueNotFound", f'Not found: "{mount.get("name")}"')


def _resources(resources: dict[str, Any], path: str) -> Iterator[Cause]:
    limits, requests = resources.get("limits", {}), resources.get("requests", {})
    for name, asked in requests.items():
        if _extended(name) and limits.get(name) is None:
            yield cause(
                f"{path}.limits",
                "FieldValueRequired",
                "Required value: Limit must be set for non overcommitable resources",
            )
        elif _extended(name) and asked != limits[name]:
            message = f'Invalid value: "{asked}": must be equal to {name} limit of {limits[name]}'
            yield cause(f"{path}.requests", "FieldValueInvalid", message)
        elif name in limits and number(asked) > number(limits[name]):
            message = f'Invalid value: "{asked}": must be less than or equal to {name} limit of {limits[name]}'
            yield cause(f"{path}.requests", "FieldValueInvalid", message)
    for kind, amounts in (("limits", limits), ("requests", requests)):
        for name, amount in amounts.items():
            rule = _amount(name, amount)
            if rule:
                yield cause(f"{path}.{kind}[{name}]", "FieldValueInvalid", rule)


def _amount(name: str, amount: str) -> str:
    """What is wrong with an amount of a resource."""
    if "/" not in name and name not in _STANDARD and not name.startswith("hugepages-"):
        return f'Invalid value: "{name}": must be a standard resource type or fully qualified'
    if number(amount) < 0:
        return f'Invalid value: "{amount}": must be greater than or equal to 0'
    if _extended(name) and number(amount).denominator != 1:
        return f'Invalid value: "{amount}": must be an integer'
    return ""


def _environment(env: Iterable[dict[str, Any]], path: str) -> Iterator[Cause]:
    for at, entry in enumerate(env):
        if not entry.get("name"):
            yield cause(f"{path}[{at}].name", "FieldValueRequired", "Required value")
        if entry.get("value") and "valueFrom" in entry:
            message = 'Invalid value: "": may not be specified when `value` is not empty'
            yield cause(f"{path}[{at}].valueFrom", "FieldValueInvalid", message)


def _placement(spec: dict[str, Any], path: str) -> Iterator[Cause]:
    for key in spec.get("nodeSelector", ()):
        yield from names.qualified(key, f"{path}.nodeSelector")
    if not names.is_subdomain(spec.get("nodeName", "")):
        message = f'Invalid value: "{spec["nodeName"]}": a lowercase RFC 1123 subdomain must consist of lower case'
        yield cause(f"{path}.nodeName", "FieldValueInvalid", message)
    for at, toleration in enumerate(spec.get("tolerations", ())):
        yield from _toleration(toleration, f"{path}.tolerations[{at}].operator")
    required = spec.get("affinity", {}).get("nodeAffinity", {}).get(_REQUIRED)
    if required is not None and not required.get("nodeSelectorTerms"):
        message = "Required value: must have at least one node selector term"
        yield cause(f"{path}.affinity.nodeAffinity.{_REQUIRED}.nodeSelectorTerms", "FieldValueRequired", message)


def _toleration(toleration: dict[str, Any], path: str) -> Iterator[Cause]:
    operator = toleration.get("operator", "")
    if not toleration.get("key") and operator != "Exists":
        message = 'operator must be Exists when `key` is empty, which means "match all values and all keys"'
        yield cause(path, "FieldValueInvalid", f'Invalid value: "{operator}": {message}')
    if operator not in ("", "Equal", "Exists"):
        message = f'Unsupported value: "{operator}": supported values: "Equal", "Exists"'
        yield cause(path, "FieldValueNotSupported", message)
    if operator == "Exists" and toleration.get("value"):
        message = f"Invalid value: \"{toleration['value']}\": value must be empty when `operator` is 'Exists'"
        yield cause(path, "FieldValueInvalid", message)


def _volumes(volumes: Iterable[dict[str, Any]], path: str) -> Iterator[Cause]:
    seen: set[str] = set()
    for at, volume in enumerate(volumes):
        sources = [key for key in volume if key != "name"]
        for source in sources[1:]:
            message = "Forbidden: may not specify more than 1 volume type"
            yield cause(f"{path}[{at}].{source}", "FieldValueForbidden", message)
        if volume.get("name") in seen:
            yield cause(f"{path}[{at}].name", "FieldValueDuplicate", f'Duplicate value: "{volume["name"]}"')
        seen.add(volume.get("name", ""))


def _extended(resource: str) -> bool:
    return "/" in resource and "kubernetes.io/" not in resource


def _frozen(spec: dict[str, Any]) -> dict[str, Any]:
    """What of a pod's spec may never change."""
    fixed = {key: value for key, value in spec.items() if key not in _CHANGEABLE}
    for group in ("containers", "initContainers"):
        fixed[group] = [
            {key: value for key, value in container.items() if key != "image"} for container in spec.get(group, ())
        ]
    return fixed

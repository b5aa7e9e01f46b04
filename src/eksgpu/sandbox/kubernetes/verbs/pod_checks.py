"""Checks of pods and of pod templates: containers, names, resources, ports, and what of a running pod may change."""

import re
from collections.abc import Iterator
from typing import Any

from eksgpu.sandbox.kubernetes.failure import Cause, cause
from eksgpu.sandbox.kubernetes.store import Object
from eksgpu.sandbox.kubernetes.types.quantity import number

_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_CHANGEABLE = (
    "activeDeadlineSeconds", "tolerations", "terminationGracePeriodSeconds", "nodeName", "schedulingGates",
    "nodeSelector", "affinity", "ephemeralContainers",
)  # fmt: skip
_FROZEN = (
    "Forbidden: pod updates may not change fields other than `spec.containers[*].image`,"
    "`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing "
    "tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)"
)


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
    for at, port in enumerate(container.get("ports", ())):
        if not 0 < port.get("containerPort", 0) < 65536:
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
    for name, limit in limits.items():
        if _extended(name) and number(limit).denominator != 1:
            yield cause(f"{path}.limits[{name}]", "FieldValueInvalid", f'Invalid value: "{limit}": must be an integer')


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

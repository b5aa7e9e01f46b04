"""Checks of what runs pods: Deployments and their like, Jobs, CronJobs, their budgets and scalers.

In the server's words; pods themselves are looked at elsewhere.
"""

import re
from collections.abc import Iterator
from typing import Any

from eksgpu.sandbox.kubernetes.failure import Cause, cause, shown
from eksgpu.sandbox.kubernetes.store import Object
from eksgpu.sandbox.kubernetes.verbs import pod_checks

_PERCENT = re.compile(r"[0-9]+%")
_FROZEN_IN_SET = ("serviceName", "podManagementPolicy", "volumeClaimTemplates")


def workload(new: Object, old: Object | None) -> Iterator[Cause]:
    """Deployment, ReplicaSet, DaemonSet, StatefulSet: the selector fits the template, and never changes."""
    spec = new.get("spec", {})
    selector = spec.get("selector")
    labels = spec.get("template", {}).get("metadata", {}).get("labels", {})
    if selector == {}:
        yield cause("spec.selector", "FieldValueInvalid", "Invalid value: {}: empty selector is invalid")
    elif any(labels.get(key) != value for key, value in selector.get("matchLabels", {}).items()):
        written = _go_map(labels)
        yield cause(
            "spec.template.metadata.labels",
            "FieldValueInvalid",
            f"Invalid value: {written}: `selector` does not match template `labels`",
        )
    if old is not None and selector != old["spec"].get("selector"):
        yield cause("spec.selector", "FieldValueInvalid", f"Invalid value: {shown(selector)}: field is immutable")
    policy = spec.get("template", {}).get("spec", {}).get("restartPolicy")
    if policy != "Always":
        message = f'Unsupported value: "{policy}": supported values: "Always"'
        yield cause("spec.template.spec.restartPolicy", "FieldValueNotSupported", message)
    for name in ("strategy", "updateStrategy"):
        yield from _shares(spec.get(name, {}).get("rollingUpdate", {}), f"spec.{name}.rollingUpdate")
    yield from pod_checks.template(spec, "spec.template")


def deployment(new: Object, old: Object | None) -> Iterator[Cause]:
    yield from workload(new, old)
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


def daemon_set(new: Object, old: Object | None) -> Iterator[Cause]:
    yield from workload(new, old)
    kind = new["spec"].get("updateStrategy", {}).get("type")
    if kind not in ("RollingUpdate", "OnDelete"):
        message = f'Unsupported value: "{kind}": supported values: "RollingUpdate", "OnDelete"'
        yield cause("spec.updateStrategy", "FieldValueNotSupported", message)


def stateful_set(new: Object, old: Object | None) -> Iterator[Cause]:
    yield from workload(new, old)
    policy = new["spec"].get("podManagementPolicy")
    if policy not in ("OrderedReady", "Parallel"):
        message = f"Invalid value: \"{policy}\": must be 'OrderedReady' or 'Parallel'"
        yield cause("spec.podManagementPolicy", "FieldValueInvalid", message)
    if old is not None and any(new["spec"].get(key) != old["spec"].get(key) for key in _FROZEN_IN_SET):
        message = "Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', "
        message += "'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and "
        yield cause("spec", "FieldValueForbidden", f"{message}'minReadySeconds' are forbidden")


def job(new: Object, old: Object | None) -> Iterator[Cause]:
    spec = new.get("spec", {})
    policy = spec.get("template", {}).get("spec", {}).get("restartPolicy")
    if policy not in ("OnFailure", "Never"):
        message = 'Required value: valid values: "OnFailure", "Never"'
        yield cause("spec.template.spec.restartPolicy", "FieldValueRequired", message)
    yield from pod_checks.template(spec, "spec.template")
    if old is not None:
        for key in ("completions", "selector", "completionMode", "template"):
            if spec.get(key) != old["spec"].get(key):
                message = f"Invalid value: {shown(spec.get(key))}: field is immutable"
                yield cause(f"spec.{key}", "FieldValueInvalid", message)


def cron_job(new: Object, _old: Object | None) -> Iterator[Cause]:
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


def budget(new: Object, _old: Object | None) -> Iterator[Cause]:
    if "minAvailable" in new["spec"] and "maxUnavailable" in new["spec"]:
        message = "Invalid value: minAvailable and maxUnavailable cannot be both set"
        yield cause("spec", "FieldValueInvalid", message)
    yield from _shares(new["spec"], "spec")


def scaler(new: Object, _old: Object | None) -> Iterator[Cause]:
    spec = new["spec"]
    if spec["maxReplicas"] < spec.get("minReplicas", 1):
        message = f"Invalid value: {spec['maxReplicas']}: must be greater than or equal to `minReplicas`"
        yield cause("spec.maxReplicas", "FieldValueInvalid", message)
    if not spec["scaleTargetRef"].get("name"):
        yield cause("spec.scaleTargetRef.name", "FieldValueRequired", "Required value")


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


def _nothing(share: int | str | None) -> bool:
    return share in (0, "0%")


def _go_map(labels: dict[str, str]) -> str:
    return "map[string]string{" + ", ".join(f'"{key}":"{value}"' for key, value in sorted(labels.items())) + "}"

"""Filling in what a server fills in: constants from the data file, values that follow from other fields, CRD defaults.

Works on a private copy in place. Only what clients of Kubernetes look at is here; the list is `defaults.yaml`.
"""

import base64
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from typing import Any

import orjson
from ruamel.yaml import YAML

from eksgpu.sandbox.kubernetes.types.schema import Type

Fields = dict[str, Any]
_JOB_TEMPLATE = "io.k8s.api.batch.v1.JobTemplateSpec"  # in a CronJob, a Job is not filled in but for its pods


def fill(value: Fields, kind: Type, old: Fields | None = None) -> None:
    """Set the defaults of an object and of all that it holds; `metadata` has none. A built-in type's spec is there.

    What is `old`'s own, the stored object's, has its defaults and is left alone.
    """
    held = old or {}
    if kind.name and "spec" in kind.fields:
        value.setdefault("spec", {})
    _own(value, kind)
    for key, inner in value.items():
        if key not in ("metadata", "apiVersion", "kind", "status") and inner is not held.get(key):
            _inside(inner, kind.field(key))


def _inside(value: Any, kind: Type) -> None:
    if isinstance(value, dict):
        _own(value, kind)
        for key, inner in value.items():
            if kind.name == _JOB_TEMPLATE and key == "spec":
                _inside(inner.get("template"), kind.field(key).field("template"))
            elif isinstance(inner, dict | list):
                _inside(inner, kind.field(key))
    elif isinstance(value, list):
        item = kind.item
        for inner in value:
            _inside(inner, item)


def _own(value: Fields, kind: Type) -> None:
    constants = _table().get(kind.name) if kind.name else _from_schema(kind)
    for key, packed in (constants or {}).items():
        if key not in value:
            value[key] = orjson.loads(packed)
    computed = _COMPUTED.get(kind.name)
    if computed is not None:
        computed(value)


@cache
def _table() -> dict[str, dict[str, bytes]]:
    text = files("eksgpu.sandbox.data").joinpath("kubernetes/defaults.yaml").read_text()
    rows = YAML(typ="safe").load(text)
    return {f"io.k8s.api.{name}": {key: orjson.dumps(held) for key, held in row.items()} for name, row in rows.items()}


def _from_schema(kind: Type) -> dict[str, bytes]:
    """The `default`s of a custom resource's schema."""
    properties = kind.schema.get("properties", {})
    return {key: orjson.dumps(inner["default"]) for key, inner in properties.items() if "default" in inner}


def _container(value: Fields) -> None:
    if "imagePullPolicy" not in value:
        tag = str(value.get("image", "")).rpartition("/")[2].partition("@")[0].partition(":")[2]
        pinned = "@" in str(value.get("image", ""))
        value["imagePullPolicy"] = "IfNotPresent" if pinned or tag not in ("", "latest") else "Always"


def _pod(value: Fields) -> None:
    """A pod asks for its limits where it does not say what it asks for; a template leaves that to its pods."""
    spec = value.get("spec", {})
    spec.setdefault("enableServiceLinks", True)
    for container in [*spec.get("containers", ()), *spec.get("initContainers", ())]:
        resources = container.get("resources") if isinstance(container, dict) else None
        if resources and resources.get("limits", {}).keys() - resources.get("requests", {}).keys():
            resources["requests"] = {**resources["limits"], **resources.get("requests", {})}


def _namespace(value: Fields) -> None:
    metadata = value["metadata"]
    metadata.setdefault("labels", {})["kubernetes.io/metadata.name"] = metadata.get("name", "")


def _daemon_set(value: Fields) -> None:
    value["metadata"].setdefault("annotations", {}).setdefault("deprecated.daemonset.template.generation", "1")


def _secret(value: Fields) -> None:
    """`stringData` is write-only: it becomes `data`."""
    for key, text in value.pop("stringData", {}).items():
        value.setdefault("data", {})[key] = base64.b64encode(text.encode()).decode()


def _bindings(value: Fields) -> None:
    if not value.get("subjects", True):
        del value["subjects"]


def _deployment_strategy(value: Fields) -> None:
    if value.get("type") == "RollingUpdate":
        value.setdefault("rollingUpdate", {})


def _rolling(**amounts: Any) -> Callable[[Fields], None]:
    def fill_in(value: Fields) -> None:
        if value.get("type") == "RollingUpdate":
            for key, amount in amounts.items():
                value.setdefault("rollingUpdate", {}).setdefault(key, amount)

    return fill_in


def _policy_types(value: Fields) -> None:
    """A policy is about what comes in, and about what goes out where it says something of that."""
    value.setdefault("policyTypes", ["Ingress", *(["Egress"] if value.get("egress") else [])])


def _limits(value: Fields) -> None:
    """What a container asks for by default: what it gets at most, by default or ever."""
    if value.get("type") == "Container":
        default = {**value.get("max", {}), **value.get("default", {})}
        asked = {**value.get("min", {}), **default, **value.get("defaultRequest", {})}
        for key, amounts in (("default", default), ("defaultRequest", asked)):
            if amounts:
                value[key] = amounts


def _service(value: Fields) -> None:
    if value.get("sessionAffinity") == "ClientIP":
        value.setdefault("sessionAffinityConfig", {"clientIP": {"timeoutSeconds": 10800}})
    for port in value.get("ports", ()):
        port.setdefault("targetPort", port.get("port"))
    if value.get("type") in ("NodePort", "LoadBalancer"):
        value.setdefault("externalTrafficPolicy", "Cluster")
        if value["type"] == "LoadBalancer":
            value.setdefault("allocateLoadBalancerNodePorts", True)


def _job(value: Fields) -> None:
    if "completions" not in value and "parallelism" not in value:
        value["completions"] = 1
    value.setdefault("parallelism", 1)


def _subject(value: Fields) -> None:
    if value.get("kind") in ("User", "Group"):
        value.setdefault("apiGroup", "rbac.authorization.k8s.io")


def _role_reference(value: Fields) -> None:
    value.setdefault("apiGroup", "rbac.authorization.k8s.io")


_COMPUTED: dict[str, Callable[[Fields], None]] = {
    "io.k8s.api.core.v1.Container": _container,
    "io.k8s.api.core.v1.Namespace": _namespace,
    "io.k8s.api.core.v1.Pod": _pod,
    "io.k8s.api.core.v1.Secret": _secret,
    "io.k8s.api.apps.v1.DaemonSet": _daemon_set,
    "io.k8s.api.rbac.v1.RoleBinding": _bindings,
    "io.k8s.api.rbac.v1.ClusterRoleBinding": _bindings,
    "io.k8s.api.core.v1.ServiceSpec": _service,
    "io.k8s.api.core.v1.LimitRangeItem": _limits,
    "io.k8s.api.networking.v1.NetworkPolicySpec": _policy_types,
    "io.k8s.api.apps.v1.DeploymentStrategy": _deployment_strategy,
    "io.k8s.api.apps.v1.DaemonSetUpdateStrategy": _rolling(maxSurge=0, maxUnavailable=1),
    "io.k8s.api.apps.v1.StatefulSetUpdateStrategy": _rolling(partition=0),
    "io.k8s.api.batch.v1.JobSpec": _job,
    "io.k8s.api.rbac.v1.Subject": _subject,
    "io.k8s.api.rbac.v1.RoleRef": _role_reference,
}

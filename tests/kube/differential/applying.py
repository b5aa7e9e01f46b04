"""Server-side apply: whose field is whose, across lists by key, shared fields, conflicts, force and giving up."""

from collections.abc import Iterator
from typing import Any

from .manifests import BY_KIND, NOBODY
from .requests import APPLY, MERGE, Case, Object, Step


def applying() -> Iterator[Case]:
    yield Case("apply-map", tuple(_map("apply-map")))
    yield Case("apply-containers", tuple(_containers("apply-containers")))
    yield Case("apply-status", tuple(_status("apply-status")))


def _apply(case: str, name: str, kind: str, manager: str, fields: Object, *, sub: str = "", **query: str) -> Step:
    resource = BY_KIND[kind]
    path = resource.path(case) + sub
    return Step(name, "PATCH", path, resource.fitted(case, fields), APPLY, {"fieldManager": manager, **query})


def _map(case: str) -> Iterator[Step]:
    maps = BY_KIND["ConfigMap"]

    def apply(name: str, manager: str, fields: Object, **query: str) -> Step:
        return _apply(case, name, "ConfigMap", manager, fields, **query)

    yield apply("no manager", "", {"data": {"a": "1"}})
    yield apply("create", "one", {"data": {"a": "1", "b": "2"}})
    yield apply("the same", "one", {"data": {"a": "1", "b": "2"}})
    yield apply("shared", "two", {"data": {"b": "2", "c": "3"}})
    yield apply("conflict", "two", {"data": {"a": "9", "c": "3"}})
    yield apply("forced", "two", {"data": {"a": "9", "c": "3"}}, force="true")
    yield apply("given up", "one", {"data": {"b": "2"}})
    yield apply("all given up", "one", {})
    yield apply("labels", "one", {"metadata": {"labels": {"x": "y"}, "finalizers": ["a.b/c"]}})
    yield apply("wrong type", "one", {"data": {"a": 1}})
    yield apply("unknown field", "one", {"nonsense": {}})
    yield apply("wrong name", "one", {"metadata": {"name": "two"}})
    yield apply("managed fields", "one", {"metadata": {"managedFields": [{"manager": "x"}]}})
    yield Step("no longer managed", "PATCH", maps.path(case), {"metadata": {"managedFields": [{}]}}, MERGE)
    yield apply("after that", "one", {"data": {"b": "5"}})
    yield Step("let go", "PATCH", maps.path(case), {"metadata": {"finalizers": None}}, MERGE)


def _deployment(containers: list[Object], **spec: Any) -> Object:
    labels = {"app": "web"}
    template = {"metadata": {"labels": labels}, "spec": {**NOBODY, "containers": containers}}
    return {"spec": {"selector": {"matchLabels": labels}, "template": template, **spec}}


def _containers(case: str) -> Iterator[Step]:
    app: Object = {"name": "app", "image": "a:1"}
    side: Object = {"name": "side", "image": "s:1", "env": [{"name": "A", "value": "1"}]}

    def apply(name: str, manager: str, fields: Object, **query: str) -> Step:
        return _apply(case, name, "Deployment", manager, fields, **query)

    ports = [{"containerPort": 80}, {"containerPort": 80, "protocol": "UDP"}]
    yield apply("create", "one", _deployment([{**app, "ports": ports}], replicas=2))
    yield apply("a second container", "two", {"spec": {"template": {"spec": {"containers": [side]}}}})
    yield apply(
        "one of its fields", "three", {"spec": {"template": {"spec": {"containers": [{"name": "side", "tty": True}]}}}}
    )
    yield apply(
        "conflict", "three", {"spec": {"replicas": 3, "template": {"spec": {"containers": [{**side, "image": "s:2"}]}}}}
    )
    yield apply("the second leaves", "two", {})
    yield apply("fewer ports", "one", _deployment([{**app, "ports": ports[:1]}]))
    yield apply("duplicate keys", "one", _deployment([app, app]))
    yield apply("no key", "one", _deployment([{"image": "x"}]))
    tolerations = [{"key": "nvidia.com/gpu", "operator": "Exists"}]
    yield apply("atomic list", "four", {"spec": {"template": {"spec": {"tolerations": tolerations}}}})
    yield apply("atomic conflict", "five", {"spec": {"template": {"spec": {"tolerations": []}}}})
    yield Step(
        "another way",
        "PATCH",
        BY_KIND["Deployment"].path(case),
        {"spec": {"replicas": 4}},
        MERGE,
        {"fieldManager": "kubectl"},
    )
    yield Step(
        "by scale", "PATCH", f"{BY_KIND['Deployment'].path(case)}/scale", {"spec": {"replicas": 6}}, MERGE,
        {"fieldManager": "scaler"},
    )  # fmt: skip
    yield Step("after all", "GET", BY_KIND["Deployment"].path(case))


def _status(case: str) -> Iterator[Step]:
    ready = {
        "type": "Ready",
        "status": "True",
        "lastTransitionTime": "2026-01-01T00:00:00Z",
        "reason": "Up",
        "message": "",
    }
    path = BY_KIND["Node"].path(case)
    yield _apply(
        case, "create", "Node", "one", {"spec": {"providerID": "aws:///a/i-1"}, "status": {"capacity": {"cpu": "1"}}}
    )
    yield Step("by merge", "PATCH", path, {"status": {"capacity": {"cpu": "2"}}}, MERGE)
    yield _apply(
        case,
        "status",
        "Node",
        "kubelet",
        {"status": {"conditions": [ready], "capacity": {"cpu": "2000m"}}},
        sub="/status",
    )
    yield Step("spec by status", "PATCH", f"{path}/status", {"spec": {"unschedulable": True}}, MERGE)
    yield Step(
        "status by status", "PATCH", f"{path}/status", {"status": {"phase": "Running"}}, MERGE, {"fieldManager": "k"}
    )
    yield Step(
        "taint",
        "PATCH",
        path,
        {"spec": {"taints": [{"key": "gpu", "effect": "NoSchedule"}]}},
        MERGE,
        {"fieldManager": "t"},
    )
    yield Step("after all", "GET", path)
    yield Step("delete", "DELETE", path)

"""Doors beside the objects, and requests that make little sense: subresources, options, selectors, priorities."""

from collections.abc import Iterator
from typing import Any

from .requests import MERGE, PATCH, STRATEGIC, Case, Object, Step, namespace_of

_NAMED = {"metadata": {"name": "one"}}
_EVENTS: tuple[Object, ...] = (
    {
        "involvedObject": {"kind": "Pod", "name": "p", "namespace": "d-odd-events", "uid": "u"},
        "message": "old ", "type": "Normal", "reason": "R", "count": 3, "source": {"component": "kubelet", "host": "n"},
        "firstTimestamp": "2026-11-26T02:48:05Z", "lastTimestamp": "2026-11-26T02:48:35Z",
    },
    {
        "involvedObject": {"kind": "Pod", "name": "q", "namespace": "d-odd-events", "fieldPath": "spec.containers{a}"},
        "message": "new", "type": "Warning", "reason": "R", "action": "Scheduling",
        "eventTime": "2026-11-26T02:48:05.720010Z",
        "reportingComponent": "default-scheduler", "reportingInstance": "default-scheduler-x",
        "series": {"count": 2, "lastObservedTime": "2026-11-26T02:48:38.600353Z"},
    },
)  # fmt: skip


def odd() -> Iterator[Case]:
    cases = (("pods", _pods), ("scale", _scale), ("queries", _queries), ("patches", _patches), ("puts", _puts))
    for name, steps in (*cases, ("priorities", _priorities), ("events", _events), ("others", _others)):
        yield Case(f"odd-{name}", tuple(steps(_root(f"odd-{name}"))))


def _root(case: str) -> str:
    return f"/api/v1/namespaces/{namespace_of(case)}"


def _pods(root: str) -> Iterator[Step]:
    pods = f"{root}/pods"
    one = f"{pods}/one"
    yield Step("create", "POST", pods, _pod("one"))
    for name, body in (("nameless", {}), ("no target", _NAMED), ("no JSON", "zzz")):
        yield Step(f"binding {name}", "POST", f"{one}/binding", body)
    for name, body in (("nameless", {}), ("of another", {"metadata": {"name": "x"}}), ("no JSON", "zzz")):
        yield Step(f"eviction {name}", "POST", f"{one}/eviction", body)
    for name in ("binding", "eviction"):
        yield Step(f"get {name}", "GET", f"{one}/{name}")
    yield Step("delete status", "DELETE", f"{one}/status")
    yield Step("log", "GET", f"{one}/log")
    for key, value in (("tailLines", "x"), ("tailLines", "-1"), ("sinceSeconds", "x"), ("sinceTime", "x")):
        yield Step(f"log {key} {value}", "GET", f"{one}/log", query={key: value})
    meta = {"labels": {"q": "r"}, "annotations": {"x": "y"}}
    yield Step("status patch", "PATCH", f"{one}/status", {"metadata": meta, "status": {"phase": "Running"}}, MERGE)
    yield Step("status and a bad label", "PATCH", f"{one}/status", {"metadata": {"labels": {"q": "-"}}}, MERGE)
    yield Step("status put", "PUT", f"{one}/status", {**_NAMED, "status": {"phase": "Failed"}})
    yield Step("delete in all namespaces", "DELETE", "/api/v1/pods", query={"dryRun": "All"})
    yield Step("delete with a bad grace", "DELETE", one, query={"gracePeriodSeconds": "x"})
    options: tuple[Object, ...] = (
        {"gracePeriodSeconds": "x"}, {"dryRun": ["Nope"]},
        {"propagationPolicy": "Foreground", "orphanDependents": True},
        {"kind": "ConfigMap", "apiVersion": "v1"}, {"preconditions": {"uid": "x"}},
    )  # fmt: skip
    for at, asked in enumerate(options):
        yield Step(f"delete {at}", "DELETE", one, asked)
    yield Step("delete at once", "DELETE", one, {"gracePeriodSeconds": -1})


def _scale(root: str) -> Iterator[Step]:
    deployments = root.replace("/api/v1", "/apis/apps/v1") + "/deployments"
    spec = {"replicas": 0, "selector": {"matchLabels": {"a": "b"}}, "template": {
        "metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "x"}]}}}  # fmt: skip
    yield Step("create", "POST", deployments, {"metadata": {"name": "one"}, "spec": spec})
    one = f"{deployments}/one/scale"
    bodies: tuple[Object, ...] = (
        *({**_NAMED, "spec": {"replicas": replicas}} for replicas in (0, -1, "x")),
        {"metadata": {"name": "x"}, "spec": {"replicas": 0}}, {"spec": {"replicas": 0}}, {},
    )  # fmt: skip
    for at, body in enumerate(bodies):
        yield Step(f"put {at}", "PUT", one, body)
    yield Step("patch", "PATCH", one, {"spec": {"replicas": 0}}, MERGE)
    yield Step("patch with text", "PATCH", one, {"spec": {"replicas": "x"}}, MERGE)
    yield Step("delete", "DELETE", one)
    meta = {"labels": {"q": "r"}, "annotations": {"x": "y"}, "finalizers": ["a/b"]}
    yield Step("status and metadata", "PATCH", f"{deployments}/one/status", {"metadata": meta}, MERGE)
    yield Step("let go", "PATCH", f"{deployments}/one", {"metadata": {"finalizers": None}}, MERGE)
    yield Step("status to nothing", "PATCH", f"{deployments}/one/status", {"status": None}, MERGE)
    yield Step("status of text", "PATCH", f"{deployments}/one/status", {"status": {"replicas": "x"}}, MERGE)


def _queries(root: str) -> Iterator[Step]:
    maps = f"{root}/configmaps"
    yield Step("create", "POST", maps, {"metadata": {"name": "one", "labels": {"a": "5"}}})
    labels = ("a>4", "a<4", "a>x", "a in (", "!!a", "a==5,b!=c", "a,!b")
    fields = ("metadata.name", "metadata.labels.a=5", "metadata.name=one")
    for key, values in (("labelSelector", labels), ("fieldSelector", fields)):
        for value in values:
            yield Step(f"{key} {value}", "GET", maps, query={key: value})
    pages = (("limit", "x"), ("limit", "-1"), ("continue", "zzz"), ("timeoutSeconds", "x"))
    for key, value in (*pages, ("resourceVersion", "99999999")):
        yield Step(f"{key} {value}", "GET", maps, query={key: value, "labelSelector": "a"})
    yield Step("a pod's field", "GET", f"{root}/pods", query={"fieldSelector": "spec.foo=1"})
    jobs = root.replace("/api/v1", "/apis/batch/v1") + "/jobs"
    yield Step("a job's field", "GET", jobs, query={"fieldSelector": "spec.foo=1"})


def _patches(root: str) -> Iterator[Step]:
    one = f"{root}/configmaps/one"
    yield Step("create", "POST", f"{root}/configmaps", {**_NAMED, "data": {"a": "1"}})
    steps: tuple[tuple[str, str, str], ...] = (
        ("test", "/data/a", "9"), ("replace", "/data/b", "1"), ("replace", "/nope/b", "1"), ("nope", "/data/a", ""),
    )  # fmt: skip
    for op, path, value in steps:
        yield Step(f"{op} {path}", "PATCH", one, [{"op": op, "path": path, "value": value}], PATCH)
    yield Step("remove nothing", "PATCH", one, [{"op": "remove", "path": "/data/zz"}], PATCH)
    yield Step("$patch nope", "PATCH", one, {"data": {"$patch": "nope", "z": "1"}}, STRATEGIC)
    yield Step("$patch delete", "PATCH", one, {"$patch": "delete"}, STRATEGIC)
    yield Step("forced", "PATCH", one, {"data": {"q": "1"}}, MERGE, {"force": "true"})
    yield Step("another uid", "PATCH", one, {"metadata": {"uid": "x"}}, MERGE)


def _puts(root: str) -> Iterator[Step]:
    one = f"{root}/configmaps/one"
    yield Step("create", "POST", f"{root}/configmaps", {**_NAMED, "data": {"a": "1"}})
    for name, meta in (("nameless", {}), ("another", {"name": "x"}), ("elsewhere", {"name": "one", "namespace": "x"})):
        yield Step(name, "PUT", one, {"metadata": meta})
    yield Step("another uid", "PUT", one, {"metadata": {"name": "one", "uid": "x"}})
    yield Step("finalize without a name", "PUT", f"/api/v1/namespaces/{root.rpartition('/')[2]}/finalize", {"spec": {}})
    yield Step("get finalize", "GET", f"/api/v1/namespaces/{root.rpartition('/')[2]}/finalize")


def _priorities(root: str) -> Iterator[Step]:
    classes = "/apis/scheduling.k8s.io/v1/priorityclasses"
    for name in ("system-cluster-critical", "system-node-critical"):
        yield Step(name, "GET", f"{classes}/{name}")
    yield Step("delete a system's", "DELETE", f"{classes}/system-node-critical")
    yield Step("a default", "POST", classes, {"metadata": {"name": "odd-a"}, "value": 2, "globalDefault": True})
    yield Step("another", "POST", classes, {"metadata": {"name": "odd-b"}, "value": 3, "globalDefault": True})
    specs: tuple[Object, ...] = (
        {}, {"priority": 77}, {"preemptionPolicy": "Never"}, {"priorityClassName": "nope"},
        {"priorityClassName": "system-node-critical"},
    )  # fmt: skip
    for at, spec in enumerate(specs):
        yield Step(f"pod {at}", "POST", f"{root}/pods", _pod(f"p{at}", **spec))
    yield Step("delete the default", "DELETE", f"{classes}/odd-a")


def _events(root: str) -> Iterator[Step]:
    new = root.replace("/api/v1", "/apis/events.k8s.io/v1") + "/events"
    for at, event in enumerate(_EVENTS):
        yield Step(f"record {at}", "POST", f"{root}/events", {"metadata": {"name": f"e{at}"}, **event})
        yield Step(f"show {at}", "GET", f"{new}/e{at}")
    yield Step("list", "GET", new)
    known = ("regarding.name=p", "reportingController=default-scheduler")
    for field in (*known, "involvedObject.name=p", "source=kubelet"):
        yield Step(field, "GET", new, query={"fieldSelector": field})
    for field in ("source=kubelet", "source=default-scheduler", "reportingComponent=default-scheduler"):
        yield Step(f"core {field}", "GET", f"{root}/events", query={"fieldSelector": field})
    yield Step("delete", "DELETE", f"{new}/e0")


def _others(_root: str) -> Iterator[Step]:
    yield Step("version is read only", "POST", "/version", {})
    access = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
    yield Step("get a review", "GET", access)
    yield Step("a review of nothing", "POST", access, {"spec": {}})
    yield Step("a token review of nothing", "POST", "/apis/authentication.k8s.io/v1/tokenreviews", {})
    asked = {"spec": {"token": "nobody's"}}
    yield Step("a token review", "POST", "/apis/authentication.k8s.io/v1/tokenreviews", asked)


def _pod(name: str, **spec: Any) -> Object:
    spec = {"schedulerName": "nobody", "containers": [{"name": "c", "image": "x"}], **spec}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": spec}

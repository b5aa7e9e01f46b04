"""Deletion: what becomes of dependents, finalizers, preconditions, namespaces with something in them, collections."""

from collections.abc import Iterator
from typing import Any

from .manifests import BY_KIND
from .requests import FIRST_VERSION, MERGE, UID, VERSION, Case, Object, Step, namespace_of

_MAPS = BY_KIND["ConfigMap"]


def deleting() -> Iterator[Case]:
    for policy in ("Background", "Foreground", "Orphan"):
        yield Case(f"delete-{policy.lower()}", tuple(_family(f"delete-{policy.lower()}", policy)))
    yield Case("delete-finalizer", tuple(_held("delete-finalizer")))
    yield Case("delete-collection", tuple(_collection("delete-collection")))
    yield Case("delete-namespace", tuple(_namespace("delete-namespace")))


def _family(case: str, policy: str) -> Iterator[Step]:
    collection, owner, child = _MAPS.collection(case), _MAPS.path(case, "owner"), _MAPS.path(case, "child")
    reference = {"apiVersion": "v1", "kind": "ConfigMap", "name": "owner", "uid": f"{UID} {owner}"}
    yield Step("owner", "POST", collection, _map("owner"))
    yield Step("child", "POST", collection, _map("child", ownerReferences=[{**reference, "blockOwnerDeletion": True}]))
    yield Step("lone", "POST", collection, _map("lone"))
    yield Step("bad policy", "DELETE", owner, {"propagationPolicy": "Sideways"})
    yield Step("delete", "DELETE", owner, {"propagationPolicy": policy, "preconditions": {"uid": UID}})
    yield Step("owner is gone", "GONE", owner)
    if policy != "Orphan":
        yield Step("child is gone", "GONE", child)
    yield Step("what is left", "GET", collection, query={"labelSelector": "mine=yes"})
    if policy == "Orphan":
        yield Step("child stays", "GET", child)


def _held(case: str) -> Iterator[Step]:
    collection, path = _MAPS.collection(case), _MAPS.path(case, "held")
    yield Step("create", "POST", collection, _map("held", finalizers=["a.b/c"]))
    yield Step("delete", "DELETE", path, {"propagationPolicy": "Background"})
    yield Step("still there", "GET", path)
    yield Step("delete again", "DELETE", path)
    yield Step("another finalizer", "PATCH", path, {"metadata": {"finalizers": ["a.b/c", "a.b/d"]}}, MERGE)
    yield Step("labelled", "PATCH", path, {"metadata": {"labels": {"mine": "still"}}}, MERGE)
    yield Step("let go", "PATCH", path, {"metadata": {"finalizers": None}}, MERGE)
    yield Step("gone", "GET", path)
    yield Step("bad finalizer", "POST", collection, _map("bad", finalizers=["c"]))


def _collection(case: str) -> Iterator[Step]:
    collection, mine = _MAPS.collection(case), {"labelSelector": "mine=yes"}
    yield Step("none", "GET", collection, query=mine)
    for name in ("a", "b", "c"):
        yield Step(f"create {name}", "POST", collection, _map(name))
    yield Step("first page", "GET", collection, query={**mine, "limit": "2"})
    yield Step(
        "version", "PATCH", f"{collection}/a", {"metadata": {"resourceVersion": VERSION, "labels": {"v": "1"}}}, MERGE
    )
    yield Step("delete", "DELETE", collection, query={"labelSelector": "mine=yes,v!=1"})
    yield Step("left", "GET", collection, query=mine)
    yield Step("watched", "WATCH", collection, query={**mine, "resourceVersion": FIRST_VERSION})
    yield Step("stops matching", "PATCH", f"{collection}/a", {"metadata": {"labels": {"mine": "no"}}}, MERGE)
    yield Step("left the watch", "WATCH", collection, query={**mine, "resourceVersion": FIRST_VERSION})


def _namespace(case: str) -> Iterator[Step]:
    inside = f"{namespace_of(case)}-x"
    maps, path = f"/api/v1/namespaces/{inside}/configmaps", f"/api/v1/namespaces/{inside}"
    yield Step("too early", "POST", maps, _map("a"))
    yield Step("create", "POST", "/api/v1/namespaces", {"metadata": {"name": inside}})
    yield Step("something in it", "POST", maps, _map("a", finalizers=["a.b/c"]))
    yield Step("delete", "DELETE", path)
    yield Step("too late", "POST", maps, _map("b"))
    yield Step("ends with it", "ENDING", f"{maps}/a")
    yield Step("let go", "PATCH", f"{maps}/a", {"metadata": {"finalizers": None}}, MERGE)
    yield Step("gone", "GONE", path)
    yield Step("default stays", "DELETE", "/api/v1/namespaces/default")


def _map(name: str, **metadata: Any) -> Object:
    return {"metadata": {"name": name, "labels": {"mine": "yes"}, **metadata}, "data": {"k": "v"}}

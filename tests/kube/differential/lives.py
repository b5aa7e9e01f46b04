"""Generated lives: for each kind create, read, change, list, watch and delete, with a choice of what comes between."""

from collections.abc import Callable, Iterator
from random import Random

from .manifests import RESOURCES
from .requests import APPLY, FIRST_VERSION, MERGE, PATCH, STRATEGIC, UID, VERSION, Case, Resource, Step

_BETWEEN = 9  # of the possible steps, for each kind
Make = Callable[[Resource, str], Step]


def lives(random: Random) -> Iterator[Case]:
    for resource in RESOURCES:
        case = f"life-{resource.plural}"
        chosen = sorted(random.sample(range(len(BETWEEN)), _BETWEEN))
        yield Case(
            case,
            (
                Step("list before", "GET", resource.collection(case), query=_FEW),
                Step("create", "POST", resource.collection(case), resource.named(case), query={"fieldManager": "a"}),
                *(BETWEEN[at](resource, case) for at in chosen),
                Step("delete another", "DELETE", resource.path(case), {"preconditions": {"uid": "another"}}),
                Step("delete for show", "DELETE", resource.path(case), query={"dryRun": "All"}),
                Step("delete", "DELETE", resource.path(case), {"gracePeriodSeconds": 0}),
                Step("gone", "GONE", resource.path(case)),
                Step("delete again", "DELETE", resource.path(case)),
                Step("watched", "WATCH", resource.collection(case), query={"resourceVersion": FIRST_VERSION, **_FEW}),
            ),
        )


# Cluster-wide kinds have objects of other cases, and of the server's own.
_FEW = {"labelSelector": "app=web"}


def _patch(name: str, media: str, body: object, **query: str) -> Make:
    def make(resource: Resource, case: str) -> Step:
        return Step(name, "PATCH", resource.path(case), body, media, {"fieldManager": "a", **query})

    return make


def _change(name: str, media: str, **query: str) -> Make:
    def make(resource: Resource, case: str) -> Step:
        body = resource.fitted(case, resource.change) if media == APPLY else resource.change
        return Step(name, "PATCH", resource.path(case), body, media, {"fieldManager": "a", **query})

    return make


def _list(name: str, **query: str) -> Make:
    return lambda resource, case: Step(name, "GET", resource.collection(case), query={**_FEW, **query})


def _put(name: str, version: str, label: str) -> Make:
    def make(resource: Resource, case: str) -> Step:
        body = resource.named(case)
        body["metadata"] |= {"labels": {"app": "web", "put": label}, "resourceVersion": version}
        return Step(name, "PUT", resource.path(case), body, query={"fieldManager": "p"})

    return make


BETWEEN: tuple[Make, ...] = (
    lambda resource, case: Step("get", "GET", resource.path(case)),
    lambda resource, case: Step("create again", "POST", resource.collection(case), resource.named(case)),
    lambda resource, case: Step(
        "create for show", "POST", resource.collection(case), resource.named(case, "two"), query={"dryRun": "All"}
    ),
    _change("apply over a create", APPLY, fieldManager="b"),
    _change("apply with force", APPLY, fieldManager="b", force="true"),
    _change("apply again", APPLY, fieldManager="b", force="true"),
    _change("apply for show", APPLY, fieldManager="c", force="true", dryRun="All"),
    _change("merge", MERGE),
    _change("merge for show", MERGE, dryRun="All"),
    _change("strategic", STRATEGIC),
    _patch("label", MERGE, {"metadata": {"labels": {"tier": "x"}, "annotations": {"note": "1"}}}),
    _patch("no label", MERGE, {"metadata": {"labels": {"tier": None}}}),
    _patch("finalizer", STRATEGIC, {"metadata": {"$deleteFromPrimitiveList/finalizers": ["a.b/c"]}}),
    _patch("operations", PATCH, [{"op": "add", "path": "/metadata/labels/op", "value": "1"}]),
    _patch("failing test", PATCH, [{"op": "test", "path": "/metadata/name", "value": "no"}]),
    _patch("missing path", PATCH, [{"op": "remove", "path": "/metadata/labels/none"}]),
    _patch("stale merge", MERGE, {"metadata": {"resourceVersion": "1", "labels": {"x": "y"}}}),
    _patch("unknown field", MERGE, {"nonsense": 1}, fieldValidation="Strict"),
    _patch("another uid", MERGE, {"metadata": {"uid": "11111111-1111-1111-1111-111111111111"}}),
    _patch("same uid", MERGE, {"metadata": {"uid": UID, "labels": {"same": "uid"}}}),
    _put("put stale", "1", "stale"),
    _put("put", VERSION, "new"),
    _put("put unversioned", "", "blind"),
    _list("list"),
    _list("list none", labelSelector="app=none"),
    _list("list among", labelSelector="app in (web, db),app,!absent,app!=db"),
    _list("list by name", fieldSelector="metadata.name=one"),
    _list("list by nonsense", fieldSelector="spec.nonsense=1"),
    _list("list badly", labelSelector="app=="),
    _list("list a page", limit="1"),
    lambda resource, case: Step("get none", "GET", resource.path(case, "none")),
    lambda resource, case: Step("put none", "PUT", resource.path(case, "none"), resource.named(case, "none")),
    lambda resource, case: Step("merge none", "PATCH", resource.path(case, "none"), {}, MERGE),
    lambda resource, case: Step("post to one", "POST", resource.path(case), resource.named(case)),
)

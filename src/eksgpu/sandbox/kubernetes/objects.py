"""Requests about objects: from method, target and body to a verb, and from its result to an answer."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from eksgpu.sandbox.kubernetes import bodies, execute, podlog
from eksgpu.sandbox.kubernetes.auth import Authenticator, User
from eksgpu.sandbox.kubernetes.cluster import Cluster
from eksgpu.sandbox.kubernetes.failure import method_not_allowed, success
from eksgpu.sandbox.kubernetes.http import Request, Response
from eksgpu.sandbox.kubernetes.listing import answer_list, answer_watch, listed, render
from eksgpu.sandbox.kubernetes.routing import Target, is_watch
from eksgpu.sandbox.kubernetes.store import Object
from eksgpu.sandbox.kubernetes.verbs import pods, read
from eksgpu.sandbox.kubernetes.verbs.create import create
from eksgpu.sandbox.kubernetes.verbs.delete import Deletion, delete, own_way
from eksgpu.sandbox.kubernetes.verbs.options import Options, check_query
from eksgpu.sandbox.kubernetes.verbs.patch import APPLY, apply, changed, patch
from eksgpu.sandbox.kubernetes.verbs.reviews import REVIEWS, review
from eksgpu.sandbox.kubernetes.verbs.scale import scale_of, set_scale
from eksgpu.sandbox.kubernetes.verbs.update import finish, update

__all__ = ["REVIEWS", "Call", "answer"]


@dataclass(frozen=True)
class Call:
    """A request with all that answering it needs."""

    cluster: Cluster
    authenticator: Authenticator
    user: User
    request: Request
    target: Target

    @cached_property
    def body(self) -> Any:
        return bodies.parsed(self.request)

    @cached_property
    def options(self) -> Options:
        query = self.request.query
        agent = self.request.header("user-agent").partition("/")[0] or "unknown"
        is_apply = self.request.content_type == APPLY
        check_query(query, _OPTIONS.get(self.request.method, "PatchOptions"))
        return Options(
            manager=query.get("fieldManager") or ("" if is_apply else agent[:128]),
            dry_run=bool(query.get("dryRun")),
            validation=query.get("fieldValidation") or "Warn",
            force=query.get("force") in ("true", "1"),
        )

    @cached_property
    def live(self) -> Object:
        """The object of the request's path. Raises ApiError 404."""
        return read.get(self.cluster, self.target.kind, self.target.space, self.target.name)

    def result(self, found: Object, status: int = 200) -> Response:
        """An object in the form that the client asked for, with the write's warnings."""
        response = Response.of(render(self.cluster, self.request, self.target.kind, found), status)
        if self.options.warnings:
            response.headers["Warning"] = ", ".join(f'299 - "{_quoted(text)}"' for text in self.options.warnings)
        return response


def answer(call: Call) -> Response:
    """Raises ApiError for every refusal."""
    target = call.target
    if target.kind.plural in REVIEWS and call.request.method == "POST":
        asked = call.body if isinstance(call.body, dict) else {}
        found = review(call.cluster, call.authenticator, call.user, target.kind.plural, asked)
        return Response.of({"kind": target.kind.kind, "apiVersion": target.kind.api_version, **found}, 201)
    if target.subresource in _SUBRESOURCES:
        return _SUBRESOURCES[target.subresource](call)
    handler = (_NAMED if target.name else _COLLECTION).get(call.request.method)
    if handler is None:
        raise method_not_allowed()
    return handler(call)


def _get(call: Call) -> Response:
    if is_watch(call.request):
        return answer_watch(call.cluster, call.request, call.target)
    return call.result(call.live)


def _list(call: Call) -> Response:
    if is_watch(call.request):
        return answer_watch(call.cluster, call.request, call.target)
    return answer_list(call.cluster, call.request, call.target)


def _create(call: Call) -> Response:
    target = call.target
    if target.kind.namespaced and target.namespace is None:
        raise method_not_allowed()
    return call.result(create(call.cluster, target.kind, target.space, call.body, call.options), 201)


def _update(call: Call) -> Response:
    target, options = call.target, call.options
    there = call.cluster.store.get(target.kind.key, target.space, target.name) is not None
    if not there and target.kind.qualified in _MADE_BY_UPDATE and not target.subresource:
        return call.result(create(call.cluster, target.kind, target.space, call.body, options), 201)
    return call.result(update(call.cluster, target.kind, call.live, call.body, options, target.subresource))


def _patch(call: Call) -> Response:
    target, sub = call.target, call.target.subresource
    if call.request.content_type != APPLY:
        media = call.request.content_type
        return call.result(patch(call.cluster, target.kind, call.live, media, call.body, call.options, sub))
    place = (target.space, target.name)
    found, made = apply(call.cluster, target.kind, place, call.body, call.options, sub)
    return call.result(found, 201 if made else 200)


def _delete(call: Call) -> Response:
    target, old = call.target, call.live
    how = Deletion.of(call.body, call.request.query)
    gone = delete(call.cluster, target.kind, old, how)
    if not how.propagation and own_way(target.kind, how).propagation == "Orphan":
        call.options.warnings.append(_LEFT_BEHIND)
    if _ends_later(gone) or target.kind.qualified in _SHOWN_WHEN_DELETED:
        return call.result(gone)
    return Response.of(success(target.kind, target.name, old["metadata"]["uid"]))


def _ends_later(gone: Object) -> bool:
    meta = gone["metadata"]
    return bool(meta.get("deletionTimestamp"))


def _delete_collection(call: Call) -> Response:
    target, query = call.target, call.request.query
    how = Deletion.of(call.body, query)
    found = read.selected(
        call.cluster, target.kind, target.namespace, query.get("labelSelector", ""), query.get("fieldSelector", "")
    )
    gone = [listed(target.kind, delete(call.cluster, target.kind, row, how)) for row in found]
    meta = {"resourceVersion": str(call.cluster.store.revision)}
    return Response.of(
        {"kind": f"{target.kind.kind}List", "apiVersion": target.kind.api_version, "metadata": meta, "items": gone}
    )


def _scale(call: Call) -> Response:
    kind = call.target.kind
    if call.request.method == "GET":
        return Response.of(scale_of(kind, call.live))
    scale = call.body
    if call.request.method == "PATCH":
        scale = changed(kind, scale_of(kind, call.live), call.request.content_type, call.body)
    return Response.of(set_scale(call.cluster, kind, call.live, scale, call.options))


def _log(call: Call) -> Response:
    return podlog.answer(call.cluster, call.live, call.request.query)


def _bind(call: Call) -> Response:
    pods.bind(call.cluster, call.target.kind, call.live, call.body["target"]["name"])
    return Response.of(_DONE, 201)


def _evict(call: Call) -> Response:
    pods.evict(call.cluster, call.target.kind, call.live, call.body)
    return Response.of(_DONE, 201)


def _finalize(call: Call) -> Response:
    """Namespaces only: whoever has emptied one takes its finalizer from `spec`."""
    asked = call.body if isinstance(call.body, dict) else {}
    new = {**call.live, "metadata": dict(call.live["metadata"]), "spec": asked.get("spec", {})}
    return call.result(finish(call.cluster, call.target.kind, new))


def _exec(call: Call) -> Response:
    return execute.answer(call.cluster, call.live, call.request)


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


# Where the answer to a deletion is the object, as it was last.
_SHOWN_WHEN_DELETED = frozenset({
    "pods", "services", "serviceaccounts", "persistentvolumes", "persistentvolumeclaims", "podtemplates",
    "resourcequotas", "storageclasses.storage.k8s.io", "csinodes.storage.k8s.io", "csidrivers.storage.k8s.io",
    "volumeattachments.storage.k8s.io",
})  # fmt: skip
_LEFT_BEHIND = (
    "child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them or set "
    "propagationPolicy=Orphan to suppress this warning"
)
_RBAC = ("roles", "rolebindings", "clusterroles", "clusterrolebindings")
# What an update may create where nothing is yet.
_MADE_BY_UPDATE = frozenset({
    "services", "endpoints", "events", "limitranges", "leases.coordination.k8s.io",
    *(f"{plural}.rbac.authorization.k8s.io" for plural in _RBAC),
})  # fmt: skip
_OPTIONS = {"POST": "CreateOptions", "PUT": "UpdateOptions", "DELETE": "DeleteOptions"}
_DONE = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201}
_COLLECTION: dict[str, Callable[[Call], Response]] = {"GET": _list, "POST": _create, "DELETE": _delete_collection}
_NAMED: dict[str, Callable[[Call], Response]] = {"GET": _get, "PUT": _update, "PATCH": _patch, "DELETE": _delete}
_SUBRESOURCES: dict[str, Callable[[Call], Response]] = {
    "scale": _scale,
    "log": _log,
    "binding": _bind,
    "eviction": _evict,
    "finalize": _finalize,
    "exec": _exec,
}

"""Requests about objects: from method, target and body to a verb, and from its result to an answer."""

from eksgpu.sandbox.kubernetes.call import Call
from eksgpu.sandbox.kubernetes.failure import method_not_allowed, success
from eksgpu.sandbox.kubernetes.http import Response
from eksgpu.sandbox.kubernetes.listing import answer_list, answer_watch, listed
from eksgpu.sandbox.kubernetes.routing import Target, is_watch
from eksgpu.sandbox.kubernetes.store import Object
from eksgpu.sandbox.kubernetes.subresources import SUBRESOURCES, Handler
from eksgpu.sandbox.kubernetes.verbs import read
from eksgpu.sandbox.kubernetes.verbs.create import create
from eksgpu.sandbox.kubernetes.verbs.delete import Deletion, delete, own_way
from eksgpu.sandbox.kubernetes.verbs.patch import APPLY, apply, patch
from eksgpu.sandbox.kubernetes.verbs.reviews import REVIEWS, review
from eksgpu.sandbox.kubernetes.verbs.update import update


def answer(call: Call) -> Response:
    """Raises ApiError for every refusal."""
    target = call.target
    if target.kind.plural in REVIEWS and call.request.method == "POST":
        asked = call.body if isinstance(call.body, dict) else {}
        found = review(call.cluster, call.authenticator, call.user, target.kind.plural, asked)
        return Response.of({"kind": target.kind.kind, "apiVersion": target.kind.api_version, **found}, 201)
    if not target.subresource and target.attempt(call.request).verb not in target.kind.verbs:
        raise method_not_allowed()
    handler = _handlers(target).get(call.request.method)
    if handler is None:
        raise method_not_allowed()
    return handler(call)


def _handlers(target: Target) -> dict[str, Handler]:
    if target.subresource:
        return SUBRESOURCES.get(target.subresource, _STATUS)
    return _NAMED if target.name else _COLLECTION


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
    if target.kind.namespaced and target.namespace is None:
        raise method_not_allowed()
    how = Deletion.of(call.body, query)
    found = read.selected(
        call.cluster, target.kind, target.namespace, query.get("labelSelector", ""), query.get("fieldSelector", "")
    )
    gone = [listed(target.kind, delete(call.cluster, target.kind, row, how)) for row in found]
    meta = {"resourceVersion": str(call.cluster.store.revision)}
    return Response.of(
        {"kind": f"{target.kind.kind}List", "apiVersion": target.kind.api_version, "metadata": meta, "items": gone}
    )


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
_COLLECTION: dict[str, Handler] = {"GET": _list, "POST": _create, "DELETE": _delete_collection}
_NAMED: dict[str, Handler] = {"GET": _get, "PUT": _update, "PATCH": _patch, "DELETE": _delete}
_STATUS = {method: handler for method, handler in _NAMED.items() if method != "DELETE"}

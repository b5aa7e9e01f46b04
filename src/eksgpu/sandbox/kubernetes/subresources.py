"""Requests about a part of an object that has a path of its own: scale, log, binding, eviction and the like."""

from collections.abc import Callable, Mapping
from typing import Any

from eksgpu.sandbox.kubernetes import execute, podlog, proxy
from eksgpu.sandbox.kubernetes.call import Call
from eksgpu.sandbox.kubernetes.failure import ApiError, bad_request
from eksgpu.sandbox.kubernetes.http import Response
from eksgpu.sandbox.kubernetes.verbs import pods
from eksgpu.sandbox.kubernetes.verbs.patch import changed
from eksgpu.sandbox.kubernetes.verbs.scale import scale_of, set_scale
from eksgpu.sandbox.kubernetes.verbs.update import finish, require_name

Handler = Callable[[Call], Response]


def _show_scale(call: Call) -> Response:
    return Response.of(scale_of(call.target.kind, call.live))


def _put_scale(call: Call) -> Response:
    require_name(call.body, call.target.name)
    return Response.of(set_scale(call.cluster, call.target.kind, call.live, call.body, call.options))


def _patch_scale(call: Call) -> Response:
    kind = call.target.kind
    scale = changed(kind, scale_of(kind, call.live), call.request.content_type, call.body)
    return Response.of(set_scale(call.cluster, kind, call.live, scale, call.options, patched=True))


def _log(call: Call) -> Response:
    return podlog.answer(call.cluster, call.live, call.request.query)


def _bind(call: Call) -> Response:
    binding = _of_this_pod(call, "Binding")
    node = (binding.get("target") or {}).get("name")
    if not node:
        raise ApiError(500, "", "target.name: Required value")
    pods.bind(call.cluster, call.target.kind, call.live, node)
    return Response.of(_DONE, 201)


def _evict(call: Call) -> Response:
    pods.evict(call.cluster, call.target.kind, call.live, _of_this_pod(call, "Eviction"))
    return Response.of(_DONE, 201)


def _of_this_pod(call: Call, kind: str) -> Mapping[str, Any]:
    """The body, when it is about the pod of the path. Raises ApiError 400."""
    asked: Mapping[str, Any] = call.body if isinstance(call.body, dict) else {}
    if (asked.get("metadata") or {}).get("name") != call.target.name:
        raise bad_request(f"name in URL does not match name in {kind} object")
    return asked


def _finalize(call: Call) -> Response:
    """Namespaces only: whoever has emptied one takes its finalizer from `spec`."""
    require_name(call.body, call.target.name)
    new = {**call.live, "metadata": dict(call.live["metadata"]), "spec": call.body.get("spec", {})}
    return call.result(finish(call.cluster, call.target.kind, new))


def _exec(call: Call) -> Response:
    return execute.answer(call.cluster, call.live, call.request)


def _proxy(call: Call) -> Response:
    return proxy.answer(call.cluster, call.target, call.request)


_DONE = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201}
# By method; `status` is answered as the object itself is.
SUBRESOURCES: dict[str, dict[str, Handler]] = {
    "scale": {"GET": _show_scale, "PUT": _put_scale, "PATCH": _patch_scale},
    "log": {"GET": _log},
    "binding": {"POST": _bind},
    "eviction": {"POST": _evict},
    "finalize": {"PUT": _finalize},
    "exec": {"GET": _exec, "POST": _exec},
    "proxy": dict.fromkeys(("GET", "POST", "PUT", "PATCH", "DELETE"), _proxy),
}

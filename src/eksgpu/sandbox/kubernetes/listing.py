"""Lists and watches as answers: plain objects, tables or metadata only, as the client's Accept header says."""

from typing import Any

import orjson

from eksgpu.sandbox.kubernetes.cluster import Cluster
from eksgpu.sandbox.kubernetes.failure import ApiError, bad_request
from eksgpu.sandbox.kubernetes.http import JSON, Request, Response
from eksgpu.sandbox.kubernetes.query import flag, integer
from eksgpu.sandbox.kubernetes.routing import Target
from eksgpu.sandbox.kubernetes.show.table import ACCEPT, table
from eksgpu.sandbox.kubernetes.store import Object
from eksgpu.sandbox.kubernetes.types.registry import ResourceType
from eksgpu.sandbox.kubernetes.verbs import read
from eksgpu.sandbox.kubernetes.verbs.watch import Watch
from eksgpu.sandbox.kubernetes.watching import DEFAULT_TIMEOUT, Lasting, Once, WatchStream, error_event

_METADATA = "as=PartialObjectMetadata"


def answer_list(cluster: Cluster, request: Request, target: Target) -> Response:
    """One page of a collection."""
    query, kind = request.query, target.kind
    integer(query, "timeoutSeconds")
    _check_known(cluster, _since(query))
    found = read.selected(
        cluster, kind, target.namespace, query.get("labelSelector", ""), query.get("fieldSelector", "")
    )
    revision = cluster.store.revision
    part = read.page(found, max(0, integer(query, "limit") or 0), query.get("continue", ""), revision)
    meta: dict[str, Any] = {"resourceVersion": str(revision)}
    if part.token:
        meta["continue"] = part.token
        if not query.get("labelSelector") and not query.get("fieldSelector"):
            meta["remainingItemCount"] = part.remaining
    if ACCEPT in request.accept:
        return Response.of(table(kind, part.items, cluster.clock.now(), meta, whole=_whole(request)))
    if _METADATA in request.accept:
        rows = [_metadata_only(row) for row in part.items]
        return Response.of(_listed("PartialObjectMetadataList", "meta.k8s.io/v1", meta, rows))
    rows = [listed(kind, row) for row in part.items]
    return Response.of(_listed(f"{kind.kind}List", kind.api_version, meta, rows))


def answer_watch(cluster: Cluster, request: Request, target: Target) -> Response:
    """A stream of events; one that is too old begins and ends with the error, as the real server does it."""
    query, kind = request.query, target.kind
    headers = {"Content-Type": JSON}
    fields, initial = query.get("fieldSelector", ""), flag(query, "sendInitialEvents")
    if target.name:
        fields = ",".join(part for part in (fields, f"metadata.name={target.name}") if part)
    try:
        watch = Watch(
            cluster, kind, target.namespace,
            since=None if initial else _since(query), labels=query.get("labelSelector", ""), fields=fields,
        )  # fmt: skip
    except ApiError as refused:
        if refused.status != 410:
            raise
        return Response(200, headers=headers, stream=Once(error_event(refused.as_status())))
    lasting = Lasting(
        cluster.clock,
        float(integer(query, "timeoutSeconds") or DEFAULT_TIMEOUT),
        flag(query, "allowWatchBookmarks"),
        initial=initial,
    )
    return Response(
        200,
        headers=headers,
        stream=WatchStream(cluster, kind, watch, lasting, lambda found: render(cluster, request, kind, found)),
    )


def render(cluster: Cluster, request: Request, kind: ResourceType, found: Object) -> Any:
    """One object as the client wants it."""
    if ACCEPT in request.accept:
        meta = {"resourceVersion": found["metadata"]["resourceVersion"]}
        return table(kind, [found], cluster.clock.now(), meta, whole=_whole(request))
    if _METADATA in request.accept and request.method == "GET":
        return _metadata_only(found)
    return found


def listed(kind: ResourceType, found: Object) -> Object:
    """An object as an item: in lists of Kubernetes' own kinds, objects do not say what they are."""
    if kind.custom:
        return found
    return {key: value for key, value in found.items() if key not in ("apiVersion", "kind")}


def _since(query: dict[str, str]) -> int | None:
    text = query.get("resourceVersion", "")
    if text in ("", "0"):
        return None
    if not text.isdigit():
        raise bad_request(f"Invalid value: {orjson.dumps(text).decode()}: resourceVersion must be a number")
    return int(text)


def _check_known(cluster: Cluster, since: int | None) -> None:
    """Raises ApiError 504 for a version that is still to come."""
    now = cluster.store.revision
    if since is not None and since > now:
        why = {"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}
        message = f"Timeout: Too large resource version: {since}, current: {now}"
        raise ApiError(504, "Timeout", message, {"causes": [why]})


def _whole(request: Request) -> bool:
    return request.query.get("includeObject") == "Object"


def _metadata_only(found: Object) -> Object:
    return {"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": found["metadata"]}


def _listed(kind: str, api_version: str, meta: dict[str, Any], items: list[Object]) -> dict[str, Any]:
    return {"kind": kind, "apiVersion": api_version, "metadata": meta, "items": items}

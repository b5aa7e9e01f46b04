"""Paths that are about the server itself: version, discovery, OpenAPI, and metrics.k8s.io from its provider."""

from typing import Any

from eksgpu.sandbox.kubernetes import selectors
from eksgpu.sandbox.kubernetes.cluster import NODES, PODS, Cluster
from eksgpu.sandbox.kubernetes.failure import ApiError, no_such_path
from eksgpu.sandbox.kubernetes.http import Request, Response
from eksgpu.sandbox.kubernetes.routing import group_version
from eksgpu.sandbox.kubernetes.show import discovery, openapi
from eksgpu.sandbox.kubernetes.show.discovery import METRICS

_WINDOW = "20s"


def answer(cluster: Cluster, request: Request) -> Response | None:
    """None when the path names no document."""
    parts = [part for part in request.path.split("/") if part]
    if parts == ["version"]:
        return Response.of(discovery.version(cluster))
    if parts[:1] == ["openapi"]:
        return _found(_openapi(cluster, parts))
    if parts in (["api"], ["apis"]):
        return _root(cluster, request, core=parts == ["api"])
    if len(parts) == 2 and parts[0] == "apis":
        return _found(discovery.group(cluster, parts[1]))
    where = group_version(request.path)
    return None if where is None else _found(discovery.resource_list(cluster, where[0], where[1]))


def metrics(cluster: Cluster, rest: list[str], labels: str = "") -> Response:
    """NodeMetrics and PodMetrics, as metrics-server gives them: with the labels of what they are of, and selected by
    them. Raises ApiError 404.
    """
    if cluster.metrics is None:
        raise no_such_path()
    namespace, rest = (rest[1], rest[2:]) if rest[0] == "namespaces" else ("", rest)
    if rest[0] not in ("nodes", "pods"):
        raise no_such_path()
    kind = "NodeMetrics" if rest[0] == "nodes" else "PodMetrics"
    rows = [_usage(cluster, kind, row) for row in cluster.metrics(rest[0])]
    rows = [row for row in rows if not namespace or row["metadata"].get("namespace") == namespace]
    chosen = selectors.labels(labels)
    rows = [row for row in rows if chosen(row["metadata"]["labels"])]
    if len(rest) == 1:
        listed = {"kind": f"{kind}List", "apiVersion": "/".join(METRICS), "metadata": {}, "items": rows}
        return Response.of(listed)
    for row in rows:
        if row["metadata"]["name"] == rest[1]:
            return Response.of(row)
    raise ApiError(404, "NotFound", f'{rest[0]}.{METRICS[0]} "{rest[1]}" not found', {"name": rest[1]})


def _openapi(cluster: Cluster, parts: list[str]) -> dict[str, Any] | None:
    if parts[1:] == ["v3"]:
        return openapi.index(cluster)
    if parts[1:3] == ["v3", "api"] or parts[1:3] == ["v3", "apis"]:
        return openapi.document(cluster, "/".join(parts[3:]))
    return None


def _root(cluster: Cluster, request: Request, *, core: bool) -> Response:
    if "as=APIGroupDiscoveryList" in request.accept and "v=v2" in request.accept:
        return Response.of(discovery.aggregated(cluster, core=core), content_type=discovery.AGGREGATED)
    if core:
        return Response.of({"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": []})
    return Response.of(discovery.group_list(cluster))


def _found(document: dict[str, Any] | None) -> Response | None:
    return None if document is None else Response.of(document)


def _usage(cluster: Cluster, kind: str, row: dict[str, Any]) -> dict[str, Any]:
    meta = {key: row[key] for key in ("name", "namespace") if key in row}
    of = cluster.store.get(NODES if kind == "NodeMetrics" else PODS, row.get("namespace", ""), row["name"]) or {}
    part = {"usage": row["usage"]} if kind == "NodeMetrics" else {"containers": row["containers"]}
    return {
        "kind": kind,
        "apiVersion": "/".join(METRICS),
        "metadata": {
            **meta,
            "labels": dict(of.get("metadata", {}).get("labels") or {}),
            "creationTimestamp": cluster.now(),
        },
        "timestamp": cluster.now(),
        "window": _WINDOW,
        **part,
    }

"""Reading: one object, and lists by selector in pages."""

import base64
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import orjson

from eksgpu.sandbox.kubernetes import selectors
from eksgpu.sandbox.kubernetes.cluster import Cluster
from eksgpu.sandbox.kubernetes.failure import ApiError, bad_request, not_found
from eksgpu.sandbox.kubernetes.store import Object
from eksgpu.sandbox.kubernetes.types.registry import ResourceType
from eksgpu.sandbox.kubernetes.verbs.event_versions import as_events_v1


@dataclass(frozen=True)
class Page:
    """Part of a list. `token` leads to the next part, "" at the end; `remaining` counts what is left."""

    items: list[Object]
    token: str = ""
    remaining: int = 0


def get(cluster: Cluster, kind: ResourceType, namespace: str, name: str) -> Object:
    """Raises ApiError 404."""
    found = cluster.store.get(kind.key, namespace, name)
    if found is None:
        raise not_found(kind, name)
    return as_version(found, kind)


def as_version(found: Object, kind: ResourceType) -> Object:
    """A custom resource or an Event in the version it is asked for; others are stored in their only one."""
    if found["apiVersion"] == kind.api_version:
        return found
    if kind.stored is not None:
        return as_events_v1(found)
    return {**found, "apiVersion": kind.api_version}


def selected(
    cluster: Cluster, kind: ResourceType, namespace: str | None, labels: str = "", fields: str = ""
) -> list[Object]:
    """Sorted by namespace and name; every namespace when None."""
    wanted = matcher(kind, labels, fields)
    return [
        as_version(found, kind) for found in cluster.store.list(kind.key, namespace) if wanted is None or wanted(found)
    ]


def matcher(kind: ResourceType, labels: str, fields: str) -> Callable[[Object], bool] | None:
    """The test that two selectors make together; None when they select everything. Raises ApiError 400."""
    if not labels and not fields:
        return None
    by_label, by_field = selectors.labels(labels), selectors.fields(fields, kind.qualified)
    return lambda found: by_label(found["metadata"].get("labels", {})) and by_field(as_version(found, kind))


def page(found: list[Object], limit: int, token: str, revision: int) -> Page:
    """The part of a list after `token`. Raises ApiError 400 or 410 for a token that is none."""
    start = _start(found, token)
    if not limit or start + limit >= len(found):
        return Page(found[start:])
    part = found[start : start + limit]
    return Page(part, _token(part[-1], revision), len(found) - start - limit)


def _token(last: Object, revision: int) -> str:
    return base64.urlsafe_b64encode(orjson.dumps({"rv": revision, "start": _position(last)})).decode()


def _start(found: list[Object], token: str) -> int:
    if not token:
        return 0
    try:
        after = orjson.loads(base64.urlsafe_b64decode(token))["start"]
    except (ValueError, KeyError) as wrong:
        raise bad_request("continue key is not valid") from wrong
    if not isinstance(after, list):
        raise ApiError(410, "Expired", "The provided continue parameter is too old")
    return sum(_position(row) <= after for row in found)


def _position(found: Object) -> list[Any]:
    return [found["metadata"].get("namespace", ""), found["metadata"]["name"]]

"""The controllers' client over HTTPS, for an API that is a process of its own: a real kube-apiserver above all.

One request a call, refusals as ApiError; each watch reads on a thread of its own and is resumed when its stream ends.
"""

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import urllib3

from eksgpu.sandbox.kubernetes.failure import ApiError

from .client import Key, Object, key
from .conditions import timestamp
from .http_watch import HttpWatch

_PATCHES = {
    "merge": "merge-patch+json",
    "strategic": "strategic-merge-patch+json",
    "json": "json-patch+json",
    "apply": "apply-patch+yaml",
}
_GONE = 404
_TIMEOUT = urllib3.Timeout(connect=10, read=60)
Objects = list[Object]


class HttpClient:
    """A client of the API at `endpoint`. `ca`: PEM of who signed its certificate; `component` signs events."""

    def __init__(self, endpoint: str, *, token: str, ca: str, component: str = "eksgpu-sandbox") -> None:
        self._endpoint = endpoint.rstrip("/")
        self._headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        self._component = component
        self._pool = urllib3.PoolManager(maxsize=16, ca_cert_data=ca, retries=False, timeout=_TIMEOUT)
        self._watches: list[HttpWatch] = []
        self._resources: dict[tuple[str, str], tuple[str, bool]] = {}

    def close(self) -> None:
        """End its watches and connections."""
        for watch in self._watches:
            watch.close()
        self._pool.clear()

    def list(
        self, api_version: str, kind: str, namespace: str | None = None, *, labels: str = "", fields: str = ""
    ) -> tuple[Objects, str]:
        wanted = {"labelSelector": labels, "fieldSelector": fields}
        query = {name: value for name, value in wanted.items() if value}
        answer = self._send("GET", self._path(api_version, kind, namespace), query=query)
        # Objects in a list do not say what they are.
        items = [{"apiVersion": api_version, "kind": kind, **item} for item in answer["items"]]
        return items, str(answer["metadata"]["resourceVersion"])

    def watch(self, api_version: str, kind: str, namespace: str | None = None, *, resource_version: str) -> HttpWatch:
        url = self._endpoint + self._path(api_version, kind, namespace)
        made = HttpWatch(self._pool, url, self._headers, resource_version)
        self._watches.append(made)
        return made

    def create(self, obj: Object) -> Object:
        api_version, kind = obj["apiVersion"], obj["kind"]
        _, namespaced = self._resource(api_version, kind)
        namespace = str(obj["metadata"].get("namespace") or "default") if namespaced else None
        return self._send("POST", self._path(api_version, kind, namespace), body=obj)

    def patch(
        self,
        api_version: str,
        kind: str,
        name: str,
        patch: Any,
        namespace: str | None = None,
        *,
        subresource: str = "",
        type: str = "merge",  # noqa: A002  the API's own word
    ) -> Object:
        path = f"{self._path(api_version, kind, namespace)}/{name}"
        path += f"/{subresource}" if subresource else ""
        query = {"fieldManager": self._component}
        if type == "apply":
            query["force"] = "true"
        return self._send("PATCH", path, query=query, body=patch, content=f"application/{_PATCHES[type]}")

    def delete(
        self,
        api_version: str,
        kind: str,
        name: str,
        namespace: str | None = None,
        *,
        propagation: str = "Background",
        grace: int | None = None,
    ) -> None:
        options: Object = {"kind": "DeleteOptions", "apiVersion": "v1", "propagationPolicy": propagation}
        if grace is not None:
            options["gracePeriodSeconds"] = grace
        self._send("DELETE", f"{self._path(api_version, kind, namespace)}/{name}", body=options)

    def event(self, obj: Object, reason: str, message: str, type: str = "Normal") -> None:  # noqa: A002
        namespace, name = key(obj)
        now = timestamp(datetime.now(UTC))
        self.create({
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": {"generateName": f"{name}.", "namespace": namespace or "default"},
            "involvedObject": _reference(obj, (namespace, name)),
            "reason": reason,
            "message": message,
            "type": type,
            "count": 1,
            "firstTimestamp": now,
            "lastTimestamp": now,
            "source": {"component": self._component},
            "reportingComponent": self._component,
        })  # fmt: skip

    def _path(self, api_version: str, kind: str, namespace: str | None) -> str:
        root, (plural, _) = _root(api_version), self._resource(api_version, kind)
        return f"{root}/namespaces/{namespace}/{plural}" if namespace else f"{root}/{plural}"

    def _resource(self, api_version: str, kind: str) -> tuple[str, bool]:
        """A kind's name in paths, and whether its objects are in namespaces. ApiError 404: it is not served."""
        if (api_version, kind) not in self._resources:
            for row in self._send("GET", _root(api_version))["resources"]:
                if "/" not in row["name"]:
                    self._resources[api_version, row["kind"]] = (row["name"], row["namespaced"])
        found = self._resources.get((api_version, kind))
        if found is None:
            raise ApiError(_GONE, "NotFound", f"{kind} is not served in {api_version}")
        return found

    def _send(
        self,
        method: str,
        path: str,
        *,
        query: dict[str, str] | None = None,
        body: Any = None,
        content: str = "application/json",
    ) -> Object:
        address = f"{self._endpoint}{path}{'?' + urlencode(query) if query else ''}"
        data = None if body is None else json.dumps(body).encode()
        response = self._pool.request(method, address, body=data, headers={**self._headers, "Content-Type": content})
        answer: Object = _parsed(response.data)
        if response.status >= 400:
            raise ApiError(response.status, str(answer.get("reason", "")), str(answer.get("message", "")))
        return answer


def _root(api_version: str) -> str:
    return f"/apis/{api_version}" if "/" in api_version else f"/api/{api_version}"


def _reference(obj: Object, at: Key) -> Object:
    namespace, name = at
    found = {"apiVersion": obj["apiVersion"], "kind": obj["kind"], "name": name, "uid": obj["metadata"].get("uid", "")}
    return {**found, "namespace": namespace} if namespace else found


def _parsed(data: bytes) -> Object:
    """What is no JSON (a proxy's page, `404 page not found`) is a message."""
    try:
        found: Object = json.loads(data)
    except ValueError:
        return {"message": data.decode(errors="replace")}
    return found

"""The verbs of the Kubernetes API for one run: apply, get, list, delete, watch. Knows nothing of what objects mean.

What may be repeated after a lost answer is: reads, server-side apply (it states a whole), and deletion of one uid. A
plain create never is.
"""

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from eksgpu.errors import AnswerLost, CloudError, Later, NotFound

from .bearer import Bearer, TokenSource
from .client import Call, Client, Wire, lines, whole
from .discovery import Discovery
from .errors import EXPIRED
from .names import Address, ApiResource, address_of
from .sender import Sender

FIELD_MANAGER = "eksgpu"
PAGE = 500
WATCH_SECONDS = 300.0
APPLY = "application/apply-patch+yaml"
MERGE = "application/merge-patch+json"
PODS = ApiResource("", "v1", "Pod", "pods", namespaced=True)
Items = list[dict[str, Any]]


class KubeApi:
    """The API of one cluster. Thread-safe; every error is one of `eksgpu.errors`.

    tokens:   where bearer tokens come from; None sends none.
    settling: seconds from now during which 401, 403 and an unknown address are `Later`: the cluster or the caller's
              access entry was made a moment ago.
    sleep:    waits between tries; tests hand in their clock's.
    """

    def __init__(
        self,
        endpoint: str,
        ca: str | None = None,
        tokens: TokenSource | None = None,
        *,
        connections: int = 32,
        settling: float = 0.0,
        sleep: Callable[[float], None] = time.sleep,
        monotonic: Callable[[], float] = time.monotonic,
        wire: Wire | None = None,
    ) -> None:
        self.endpoint, self.ca = endpoint, ca
        client = Client(endpoint, ca, connections=connections, wire=wire)
        bearer = Bearer(tokens) if tokens is not None else None
        self._sender = Sender(client, bearer, settling=settling, sleep=sleep, monotonic=monotonic)
        self.discovery = Discovery(
            lambda path, accept: self._sender.read_json(Call("discover", "GET", path, accept=accept))
        )

    @property
    def calls(self) -> Counter[str]:
        """Requests so far by verb and kind (`apply NodePool.karpenter.sh`)."""
        return self._sender.calls

    def guard_writes(self, guard: Callable[[str], None] | None) -> None:
        """Ask `guard` before every call that changes something (the lock does)."""
        self._sender.guard = guard

    def close(self) -> None:
        """Let its connections go."""
        self._sender.close()

    def resource(self, api_version: str, kind: str) -> ApiResource:
        """Where a kind is served. Raises NotFound when the API does not know it (its CRD is missing)."""
        found = self.discovery.find(api_version, kind)
        if found is None:
            raise NotFound(f"the cluster serves no {kind} of {api_version}: its CRD is not there", code="NoKind")
        return found

    def get(self, resource: ApiResource, name: str, namespace: str = "") -> dict[str, Any]:
        """One object. Raises NotFound."""
        return self._sender.read_json(_call("get", "GET", resource, namespace, name))

    def list(
        self, resource: ApiResource, namespace: str = "", *, labels: str = "", fields: str = ""
    ) -> tuple[Items, str]:
        """All objects of a kind, page by page, and the resourceVersion to watch from."""
        query = _given({"labelSelector": labels, "fieldSelector": fields, "limit": str(PAGE)})
        call = Call(f"list {resource.group_kind}", "GET", resource.path(namespace), query)
        try:
            return self._pages(resource, call)
        except CloudError as error:
            if error.code != EXPIRED:
                raise
        return self._pages(resource, call)  # it took too long: the server forgot where we were

    def apply(
        self, manifest: Mapping[str, Any], *, dry_run: bool = False, force: bool = False, manager: str = FIELD_MANAGER
    ) -> tuple[dict[str, Any], bool]:
        """Server-side apply; the object as it is then, and whether it is new.

        Raises CloudError with code Conflict where others manage a field that this would change, unless `force`.
        """
        resource, address = self.resource(manifest["apiVersion"], manifest["kind"]), address_of(manifest)
        verb, query = ("dry-run", {"dryRun": "All"}) if dry_run else ("apply", {})
        query |= {"fieldManager": manager, "fieldValidation": "Strict", "force": "true" if force else "false"}
        call = _call(verb, "PATCH", resource, address.namespace, address.name, query, manifest, APPLY)
        send = self._sender.probe if dry_run else self._sender.write
        status, answer = self._sender.repeated(lambda: send(call))
        return answer, status == 201

    def merge(self, resource: ApiResource, name: str, namespace: str, patch: Mapping[str, Any]) -> dict[str, Any]:
        """A JSON merge patch: stating the same twice changes nothing. Raises NotFound."""
        query = {"fieldManager": FIELD_MANAGER}
        call = _call("patch", "PATCH", resource, namespace, name, query, patch, MERGE)
        return self._sender.repeated(lambda: self._sender.write(call))[1]

    def create(self, manifest: Mapping[str, Any]) -> dict[str, Any]:
        """Raises AlreadyExists; AnswerLost when nobody knows whether it was made."""
        resource, address = self.resource(manifest["apiVersion"], manifest["kind"]), address_of(manifest)
        query = {"fieldManager": FIELD_MANAGER}
        call = Call(f"create {address}", "POST", resource.path(address.namespace), query, manifest)
        return self._sender.write(call)[1]

    def delete(
        self, resource: ApiResource, name: str, namespace: str = "", *, uid: str = "", propagation: str = "Background"
    ) -> None:
        """Ask for an object's deletion. Raises NotFound, also when the object of this `uid` is gone already."""
        options: dict[str, Any] = {"propagationPolicy": propagation}
        if uid:
            options["preconditions"] = {"uid": uid}
        call = _call("delete", "DELETE", resource, namespace, name, body=options)
        try:
            self._sender.repeated(lambda: self._sender.write(call))
        except Later as error:
            if uid and error.code == "Conflict":
                raise NotFound(error.message, code=error.code, operation=call.operation) from error
            raise

    def watch(
        self, resource: ApiResource, namespace: str = "", *, since: str, labels: str = "", fields: str = ""
    ) -> Iterator[dict[str, Any]]:
        """Raw events of one watch until it ends; for one that goes on, see watch.py. Raises as every call."""
        query = _given({"labelSelector": labels, "fieldSelector": fields, "timeoutSeconds": str(int(WATCH_SECONDS))})
        query |= {"watch": "true", "resourceVersion": since, "allowWatchBookmarks": "true"}
        call = Call(f"watch {resource.group_kind}", "GET", resource.path(namespace), query)
        response = self._sender.once(replace(call, read_seconds=WATCH_SECONDS + 30))
        for line in lines(response, call.operation):
            if line.strip():
                yield _event(line, call.operation)

    def log(self, namespace: str, pod: str, *, container: str = "", tail: int | None = None) -> str:
        """What a pod's container has written so far."""
        query = _given({"container": container, "tailLines": "" if tail is None else str(tail)})
        call = Call(f"log Pod/{namespace}/{pod}", "GET", PODS.path(namespace, pod, "log"), query, accept="*/*")
        return self._sender.read(call).decode(errors="replace")

    def page(self, namespace: str, pod: str, port: int, path: str, *, seconds: float = 10.0) -> str:
        """What a pod serves over HTTP, fetched for us by the API server. Asked once, whatever comes of it."""
        operation = f"get Pod/{namespace}/{pod}/proxy"
        where = PODS.path(namespace, f"{pod}:{port}", "proxy") + path
        call = Call(operation, "GET", where, accept="*/*", read_seconds=seconds)
        return whole(self._sender.once(call), operation).decode(errors="replace")

    def _pages(self, resource: ApiResource, call: Call) -> tuple[Items, str]:
        # The items of a list do not say what they are.
        kind = {"apiVersion": resource.api_version, "kind": resource.kind}
        found: Items = []
        page = call
        while True:
            answer = self._sender.read_json(page)
            found += [kind | item for item in answer.get("items") or []]
            metadata = answer.get("metadata") or {}
            if not metadata.get("continue"):
                return found, str(metadata.get("resourceVersion", ""))
            page = replace(call, query={**call.query, "continue": metadata["continue"]})


def _call(
    verb: str,
    method: str,
    resource: ApiResource,
    namespace: str,
    name: str,
    query: Mapping[str, str] | None = None,
    body: Any = None,
    content: str = "application/json",
) -> Call:
    """A call about one object."""
    address = Address(resource.group_kind, namespace, name)
    return Call(f"{verb} {address}", method, resource.path(namespace, name), query or {}, body, content)


def _event(line: bytes, operation: str) -> dict[str, Any]:
    try:
        event: dict[str, Any] = json.loads(line)
    except ValueError as error:  # the stream broke in the middle of a line
        raise AnswerLost(f"{operation}: the stream broke off", operation=operation) from error
    return event


def _given(query: Mapping[str, str]) -> dict[str, str]:
    return {key: value for key, value in query.items() if value}

"""The wire of tests: what the official client sends passes through here, with faults as data.

Behind it is the embedded API, in this process, or the official client's own pool of connections.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from urllib3 import HTTPResponse
from urllib3.exceptions import ProtocolError

from eksgpu.sandbox.kubernetes.api import Api
from eksgpu.sandbox.kubernetes.http import Request

if TYPE_CHECKING:
    from kubernetes.client import ApiClient

Send = Callable[..., Any]
REASONS = {403: "Forbidden", 410: "Expired", 429: "TooManyRequests", 500: "InternalError", 401: "Unauthorized"}


@dataclass
class Faults:
    """What goes wrong with the next requests, first come first served.

    on_watch, on_list, on_write: a status ("500"), "drop" (no answer), "after" (executed, and no answer), "cut" (the
    stream ends in the middle of a line), "410" (an ERROR event), "410 at once", "bookmark VERSION".
    """

    on_watch: list[str] = field(default_factory=list)
    on_list: list[str] = field(default_factory=list)
    on_write: list[str] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    killing: "Killing | None" = None

    def kill(self, number: int, when: str, error: type[BaseException]) -> None:
        """End the process at the change of this number, counted from now: "before" or "after" it is executed."""
        self.killing = Killing(number, when, error)

    def end(self) -> None:
        """Nothing goes wrong any more."""
        self.on_watch, self.on_list, self.on_write, self.killing = [], [], [], None

    def next(self, method: str, target: str) -> str:
        """The fault that strikes this request, "" for none."""
        dry = "dryRun=" in target
        queue = self.on_write if method != "GET" and not dry else []
        if method == "GET":
            queue = self.on_watch if "watch=true" in target else self.on_list if "limit=" in target else []
        return queue.pop(0) if queue else ""


@dataclass
class Killing:
    """Which change ends the process, and how."""

    left: int
    when: str
    error: type[BaseException]

    def at(self, when: str, method: str, target: str) -> None:
        """Raises when this is the change, and at every one after it: the process is gone."""
        if method == "GET" or "dryRun=" in target or when != self.when:
            return
        if self.left <= 0:
            raise self.error
        self.left -= 1


class Faulty:
    """Stands where the official client has urllib3's pool, and hands on what no fault strikes."""

    def __init__(self, behind: Send, faults: Faults) -> None:
        self._behind, self._faults = behind, faults

    def request(self, method: str, url: str, *, headers: Mapping[str, str], **how: Any) -> Any:
        fault = self._faults.next(method, url)
        if self._faults.killing is not None:
            self._faults.killing.at("before", method, url)
        struck = _struck(fault)
        if struck is not None:
            return struck
        self._faults.tokens.append(headers.get("Authorization", ""))
        answer = self._behind(method, url, headers=headers, **how)
        if self._faults.killing is not None:
            self._faults.killing.at("after", method, url)
        if fault == "after":
            raise ProtocolError("connection aborted")
        if fault == "cut":
            answer.close()
            return _response(200, b'{"type": "ADD', {})
        return answer

    def clear(self) -> None:
        """The connections behind it close with the process."""


def wire(faults: Faults, api: Api | None = None) -> Any:
    """What `KubeApi(wire=…)` takes: into the embedded API, or out to where the client leads."""

    def attach(client: "ApiClient") -> None:
        behind = _embedded(api) if api is not None else client.rest_client.pool_manager.request
        setattr(client.rest_client, "pool_manager", Faulty(behind, faults))  # noqa: B010

    return attach


def _embedded(api: Api) -> Send:
    def send(method: str, url: str, *, headers: Mapping[str, str], body: str | None = None, **_: Any) -> HTTPResponse:
        parts = urlsplit(url)
        target = f"{parts.path}?{parts.query}" if parts.query else parts.path
        given = {"Authorization": f"Bearer {api.admin_token}", **headers}
        answer = api.handle(Request(method, target, given, (body or "").encode()))
        data = answer.body
        if answer.stream is not None:
            data = _ready(answer.stream)
            answer.stream.close()
        return _response(answer.status, data, answer.headers)

    return send


def _ready(stream: Any) -> bytes:
    whole = b""
    while piece := stream.read():
        whole += piece
    return whole


def _struck(fault: str) -> HTTPResponse | None:
    """The answer, or the broken connection, of a fault that keeps the request from the API."""
    if fault == "drop":
        raise ProtocolError("connection aborted")
    if fault == "410":
        return _event("ERROR", _status(410))
    if fault.startswith("bookmark"):
        metadata = {"resourceVersion": fault.split()[1]}
        return _event("BOOKMARK", {"kind": "ConfigMap", "apiVersion": "v1", "metadata": metadata})
    if fault and fault not in ("after", "cut"):
        code = int(fault.split()[0])
        return _response(code, json.dumps(_status(code)).encode(), {"Content-Type": "application/json"})
    return None


def _event(type_: str, item: Mapping[str, Any]) -> HTTPResponse:
    return _response(200, json.dumps({"type": type_, "object": item}).encode() + b"\n", {})


def _status(code: int) -> dict[str, Any]:
    failure = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": "a fault of the test"}
    return {**failure, "code": code, "reason": REASONS[code]}


def _response(status: int, data: bytes, headers: Mapping[str, str]) -> HTTPResponse:
    return HTTPResponse(body=BytesIO(data), status=status, headers=headers, preload_content=False)

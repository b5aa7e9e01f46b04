"""One plan with a recorder on its wires: what it asked, in a form that a bare script can ask again, and when.

It stands where tests put their own session and doors, so the plan itself is the real one.
"""

import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from eksgpu.aws.clients import OwnSession, Session
from eksgpu.ops.cluster_access import Doors
from eksgpu.ops.connect import Connector


@dataclass
class Asked:
    """One request. what: `[service, operation, region, parameters]`, or `[method, URL, headers, body]` of a cluster's.

    began, ended: seconds on this process's clock.
    """

    name: str
    what: Sequence[Any]
    began: float
    ended: float = 0.0


@dataclass
class Recorder:
    """What was asked so far."""

    aws: list[Asked] = field(default_factory=list)
    kubernetes: list[Asked] = field(default_factory=list)
    authority: str = ""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def connector(self) -> Connector:
        """A connector whose every request is recorded."""
        return Connector(session=lambda *_: _Session(self), doors=Doors(wire=lambda _: self._listen))

    @contextmanager
    def timed(self, kept: list[Asked], name: str, what: Sequence[Any]) -> Iterator[None]:
        """Keep a request that is made meanwhile."""
        one = Asked(name, what, time.monotonic())
        try:
            yield
        finally:
            one.ended = time.monotonic()
            with self._lock:
                kept.append(one)

    def _listen(self, client: Any) -> None:
        """Record what the official Kubernetes client sends."""
        rest, send = client.rest_client, client.rest_client.request
        self.authority = client.configuration.ca_cert_data or ""

        def request(method: str, url: str, headers: Any = None, body: Any = None, **how: Any) -> Any:
            told = {key: value for key, value in headers.items() if key != "Authorization"}
            with self.timed(self.kubernetes, f"{method} {urlsplit(url).path}", (method, url, told, deepcopy(body))):
                return send(method, url, headers=headers, body=body, **how)

        rest.request = request


class _Session:
    """Makes the clients of the sandbox's account, and records their calls."""

    def __init__(self, recorder: Recorder) -> None:
        self._own: Session = OwnSession(keys=("sandbox", "sandbox"))
        self._recorder = recorder

    def client(self, service_name: str, *, region_name: str, **how: Any) -> Any:
        client = self._own.client(service_name, region_name=region_name, **how)
        send = client._make_api_call

        def call(operation: str, parameters: dict[str, Any]) -> Any:
            what = (service_name, operation, region_name, deepcopy(parameters))
            with self._recorder.timed(self._recorder.aws, f"{service_name}:{operation}", what):
                return send(operation, parameters)

        client._make_api_call = call
        return client


def longest_chain(asked: Iterable[Asked]) -> list[str]:
    """The names of the most requests of which each began after the one before had been answered."""
    chains: list[tuple[float, list[str]]] = []
    for one in sorted(asked, key=lambda one: one.ended):
        before = [names for ended, names in chains if ended <= one.began]
        chains.append((one.ended, [*max(before, key=len, default=[]), one.name]))
    return max((names for _, names in chains), key=len, default=[])

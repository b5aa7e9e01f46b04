"""The World behind HTTP on 127.0.0.1: a WSGI shell for AWS clients, and `/_sandbox/...` for whoever runs the sandbox.

Knows nothing of home folders, pids or other processes: that is the daemon's business.
"""

import errno
import json
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.client import responses
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cheroot.wsgi import Server

from eksgpu.sandbox.faults import ConnectionDropped, Fault
from eksgpu.sandbox.options import Options
from eksgpu.sandbox.version import code_version
from eksgpu.sandbox.wire import Headers, Request, Response

if TYPE_CHECKING:
    from eksgpu.sandbox.world import World

LOOPBACK = "127.0.0.1"
CONTROL = "/_sandbox/"
# Enough for one client with forty-eight threads and another beside it; idle connections take none.
_THREADS = 64
# Connections that wait to be taken. With cheroot's 5, threads that connect at once lose a whole second to TCP's retry.
_BACKLOG = 128

Environ = dict[str, Any]
StartResponse = Callable[[str, list[tuple[str, str]]], Any]


@dataclass
class Endpoint:
    """The WSGI application. `folder` is for real control planes.

    `last_call` is the monotonic second of the last call to AWS or to an embedded cluster, for the idle end.
    """

    options: Options = field(default_factory=Options)
    folder: Path | None = None
    started: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds"))
    last_call: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        self._begin()

    def stop(self) -> None:
        """Close the clusters' own endpoints."""
        self._served.stop()

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        request = _request(environ)
        if environ["PATH_INFO"].startswith(CONTROL):
            response = self._control(request, environ["PATH_INFO"].removeprefix(CONTROL))
        else:
            self._used()
            response = self._answer(request)
            self._served.refresh()
        headers = response.headers.without("Content-Length", "Transfer-Encoding", "Connection")
        headers["Content-Length"] = str(len(response.body))
        start_response(f"{response.status} {responses.get(response.status, 'Unknown')}", list(headers.items()))
        return [response.body]

    def info(self) -> dict[str, Any]:
        """What a client must know of this sandbox: its speed above all, to scale its own polling by."""
        return {
            "speed": self.options.speed,
            "version": code_version(),
            "account": self.world.account,
            "caller": self.world.caller_arn,
            "started": self.started,
            "requests": self.world.log.total,
        }

    def _begin(self) -> None:
        """A new World, with its clusters' endpoints."""
        from eksgpu.sandbox.clusters.served import Served

        self.world: World = self.options.world()
        real = self.folder if self.options.kubernetes == "real" else None
        self._served = Served(self.world, self._used, real=real)

    def _used(self) -> None:
        self.last_call = time.monotonic()

    def _answer(self, request: Request) -> Response:
        try:
            return self.world.handle(request)
        except ConnectionDropped as dropped:
            # The server closes the connection on this error and writes nothing.
            raise ConnectionResetError(errno.ECONNRESET, f"dropped by a fault: {dropped}") from dropped

    def _control(self, request: Request, name: str) -> Response:
        """`info`, `log`, `faults` (GET, POST a list, DELETE), `foreign` (POST name and region), `reset` (POST)."""
        if not _is_local(request.headers.get("Host", "")):
            return _json({"error": "only for requests to the loopback address"}, 403)
        route = (request.method, name)
        if route == ("GET", "info"):
            return _json(self.info())
        if route == ("GET", "log"):
            return _json([call.as_dict() for call in list(self.world.log)])
        if route == ("POST", "reset"):
            self._served.stop()
            self._begin()
            return _json(self.info())
        if route == ("POST", "foreign"):
            return self._foreign(**json.loads(request.body))
        if name == "faults":
            return self._faults(request)
        return _json({"error": f"no such control: {request.method} {name}"}, 404)

    def _foreign(self, name: str, region: str, gpus: int = 0) -> Response:
        """Somebody else's cluster, to add to."""
        from eksgpu.errors import CloudError
        from eksgpu.sandbox.foreign import make

        try:
            make(self.world, name, region, gpus=gpus)
        except CloudError as error:
            return _json({"error": error.message}, 409)
        self._served.refresh()
        return _json({"name": name, "region": region})

    def _faults(self, request: Request) -> Response:
        if request.method == "POST":
            try:
                self.world.faults.add(*(Fault(**rule) for rule in json.loads(request.body)))
            except (TypeError, ValueError) as wrong:
                return _json({"error": f"not a list of faults: {wrong}"}, 400)
        elif request.method == "DELETE":
            self.world.faults.clear()
        return _json(self.world.faults.as_dicts())


class LocalServer:
    """An Endpoint on a free port of 127.0.0.1. `serve` blocks; `stop` may be called from another thread."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint
        self._server = Server((LOOPBACK, 0), endpoint, numthreads=_THREADS, request_queue_size=_BACKLOG)
        self._server.prepare()

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self._server.bind_addr[1]}"

    def serve(self) -> None:
        """Answer until `stop` is called."""
        self._server.serve()

    def stop(self) -> None:
        self._server.stop()
        self.endpoint.stop()


def when_idle(
    endpoint: Endpoint, idle_seconds: float, leave: Callable[[], None], wait: Callable[[float], Any] = time.sleep
) -> None:
    """Call `leave` once the last AWS call is `idle_seconds` ago."""
    while (left := endpoint.last_call + idle_seconds - time.monotonic()) > 0:
        wait(left)
    leave()


def prewarm() -> None:
    """Load what the first calls would wait a second or two for: the large service models and moto's EC2 data."""
    from moto.core.utils import get_service_model
    from moto.ec2 import models

    for service in ("ec2", "eks", "iam", "kms"):
        get_service_model(service)
    assert models.ec2_backends is not None


def in_background(work: Callable[[], None]) -> None:
    """Run work on a thread that does not keep the process alive."""
    threading.Thread(target=work, daemon=True).start()


def _request(environ: Environ) -> Request:
    headers = Headers()
    for key, value in environ.items():
        if key.startswith("HTTP_"):
            headers[key[5:].replace("_", "-").title()] = value
    if environ.get("CONTENT_TYPE"):
        headers["Content-Type"] = environ["CONTENT_TYPE"]
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    # The undecoded path: ARNs in EKS paths hold encoded slashes.
    url = f"http://{environ.get('HTTP_HOST', LOOPBACK)}{environ['REQUEST_URI']}"
    return Request(environ["REQUEST_METHOD"], url, headers, body)


def _is_local(host: str) -> bool:
    """A page in a browser that rebinds its name to the loopback address still sends its own name."""
    return host.rsplit(":", 1)[0] in (LOOPBACK, "localhost")


def _json(value: Any, status: int = 200) -> Response:
    return Response(status, Headers({"Content-Type": "application/json"}), json.dumps(value, default=str).encode())

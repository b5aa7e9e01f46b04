"""The only file that imports the official Kubernetes client: its dynamic API carries requests, nothing else is used.

Its typed models take seconds to import, its discovery keeps files in a shared folder, and its watch ends silently; so
paths, discovery, watching and errors are ours.
"""

import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib import import_module, metadata
from importlib.util import find_spec, module_from_spec
from typing import TYPE_CHECKING, Any, Protocol

from .errors import Answer, lost, translate, unreachable

if TYPE_CHECKING:
    from kubernetes.client import ApiClient

JSON = "application/json"
CONNECT_SECONDS, READ_SECONDS = 10.0, 60.0
Wire = Callable[["ApiClient"], object]


@dataclass(frozen=True)
class Call:
    """One request. operation: verb and object, for errors and counts (`apply Deployment.apps/default/web`)."""

    operation: str
    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    content: str = JSON
    accept: str = JSON
    read_seconds: float = READ_SECONDS


class Body(Protocol):
    """A response whose body may still be coming (urllib3's)."""

    @property
    def status(self) -> int: ...
    @property
    def data(self) -> bytes: ...
    def __iter__(self) -> Iterator[bytes]: ...
    def close(self) -> None: ...
    def release_conn(self) -> None: ...


class Client:
    """Sends requests to one API. Thread-safe; every error is one of `eksgpu.errors`.

    ca:   PEM text of the authority that signed the server's certificate; None for the system's own.
    wire: changes the official client before its first use (how tests and the sandbox do without sockets).
    """

    def __init__(self, endpoint: str, ca: str | None, *, connections: int = 32, wire: Wire | None = None) -> None:
        # Late: a run without a Kubernetes half does not pay for it.
        _import_in_parts()
        from kubernetes import client
        from kubernetes.dynamic import DynamicClient

        # Not retried by urllib3: what may be repeated is decided in api.py. `False` lets its own errors through.
        configuration = client.Configuration(
            host=endpoint, ca_cert_data=ca, connection_pool_maxsize=connections, retries=False
        )
        api = client.ApiClient(configuration)
        api.user_agent = "eksgpu"
        if wire is not None:
            wire(api)
        self._api = api
        self._dynamic = DynamicClient(api, discoverer=_NoDiscovery)  # type: ignore[no-untyped-call]

    def close(self) -> None:
        """Close its connections."""
        self._api.close()  # type: ignore[no-untyped-call]

    def send(self, call: Call, *, token: str = "", settling: bool = False) -> Body:
        """The response; its body is not read yet. `settling`: see errors.py."""
        from kubernetes.client import ApiException
        from urllib3.exceptions import HTTPError

        headers = {"Accept": call.accept, "Content-Type": call.content}
        try:
            response: Body = self._dynamic.request(
                call.method,
                call.path,
                body=call.body,
                query_params=list(call.query.items()),
                header_params=headers | ({"Authorization": f"Bearer {token}"} if token else {}),
                content_type=call.content,
                _request_timeout=(CONNECT_SECONDS, call.read_seconds),
                serialize=False,
            )
        except ApiException as error:
            if not error.status:  # TLS
                raise unreachable(error, call.operation, settling=settling) from error
            answer = Answer.parse(error.status, error.body)
            raise translate(answer, call.operation, settling=settling) from error
        except (HTTPError, OSError) as error:
            if _never_sent(error):
                raise unreachable(error, call.operation, settling=settling) from error
            raise lost(error, call.operation) from error
        return response


def _import_in_parts() -> None:
    """Have each part of the official client imported when it is first asked for.

    Its `__init__` imports them all, and with them every way to log in that a kubeconfig knows (requests, oauthlib,
    websockets): half of its time, 60 ms of a plan, for what nothing here uses.
    """
    spec = find_spec("kubernetes")
    if "kubernetes" in sys.modules or spec is None:
        return
    package = module_from_spec(spec)

    def part(name: str) -> Any:
        try:
            return import_module(f"kubernetes.{name}")
        except ModuleNotFoundError as error:
            raise AttributeError(f"module 'kubernetes' has no attribute {name!r}") from error

    package.__dict__.update(__getattr__=part, __version__=metadata.version("kubernetes"))
    sys.modules["kubernetes"] = package


class _NoDiscovery:
    """Stands where the dynamic client wants a discoverer."""

    def __init__(self, *_: Any) -> None:
        """Asks nobody."""


def whole(response: Body, operation: str) -> bytes:
    """The whole body. Raises AnswerLost when the connection breaks in the middle."""
    from urllib3.exceptions import HTTPError

    try:
        return response.data
    except (HTTPError, OSError) as error:
        raise lost(error, operation) from error
    finally:
        response.release_conn()


def lines(response: Body, operation: str) -> Iterator[bytes]:
    """The lines of a body as they come, until it ends. Raises AnswerLost when the connection breaks."""
    from urllib3.exceptions import HTTPError

    try:
        yield from response
    except (HTTPError, OSError) as error:
        raise lost(error, operation) from error
    finally:
        response.close()  # it may have more to say: this connection serves nobody else


def _never_sent(error: Exception) -> bool:
    from urllib3 import exceptions

    never = (
        exceptions.NewConnectionError,
        exceptions.ConnectTimeoutError,
        exceptions.ProxyError,
        exceptions.LocationValueError,
    )
    return isinstance(error, never)

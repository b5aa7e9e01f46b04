"""Our own handlers in front of moto: one function per AWS operation, registered by (service, operation).

A handler takes a Call and returns the response as botocore's model shapes it, or raises Refused. It may ask moto for
its answer to the same request first. Handlers live in the `eks`, `ec2` and `services` packages beside this module and
are found by walking them.
"""

import functools
import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from botocore.parsers import create_parser
from botocore.serialize import create_serializer

from eksgpu.sandbox import moto_bridge
from eksgpu.sandbox.wire import Headers, Request, Response, Target

if TYPE_CHECKING:
    from eksgpu.sandbox.world import World

_PACKAGES = ("eksgpu.sandbox.eks", "eksgpu.sandbox.ec2", "eksgpu.sandbox.services")

Handler = Callable[["Call"], dict[str, Any]]
Settle = Callable[["World", str], None]

OPERATIONS: dict[tuple[str, str], Handler] = {}
SETTLERS: list[Settle] = []


class Refused(Exception):
    """The service says no. `status` is taken from botocore's model of the code when not given, else 400.

    `members` are the error's modelled members beside the message (clusterName, nodegroupName ...).
    """

    def __init__(self, code: str, message: str, status: int | None = None, **members: Any) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status
        self.members = members


class NotServed(Exception):
    """Neither a handler of ours nor moto has this operation."""


@dataclass(frozen=True)
class Call:
    """One request as a handler sees it. `params` have botocore's names and types and passed its validation."""

    service: str
    operation: str
    region: str
    account: str
    params: dict[str, Any]
    world: "World"
    target: Target
    request: Request

    def moto(self) -> dict[str, Any]:
        """Stock moto's answer to this very request. Raises Refused with moto's error code, or NotServed."""
        return self._ask(self.request)

    def moto_with(self, **params: Any) -> dict[str, Any]:
        """The same with some parameters changed; None leaves a parameter out."""
        changed = {name: value for name, value in {**self.params, **params}.items() if value is not None}
        return self._ask(_rewritten(self.request, self.target, changed))

    def _ask(self, request: Request) -> dict[str, Any]:
        response = moto_bridge.dispatch(self.target, request, self.account)
        if response is None:
            raise NotServed(f"{self.service}:{self.operation}")
        return read(self.target, response)


def operation(service: str, *names: str) -> Callable[[Handler], Handler]:
    """Register a handler for one or more operations of a service. Raises ValueError when one is taken."""

    def register(handler: Handler) -> Handler:
        for name in names:
            if (service, name) in OPERATIONS:
                raise ValueError(f"{service}:{name} has two handlers: {OPERATIONS[service, name]} and {handler}")
            OPERATIONS[service, name] = handler
        return handler

    return register


def settles(settle: Settle) -> Settle:
    """Register what brings a region's state up to the clock. All run before any request is executed.

    What happens by itself on AWS (a deletion ends, nodes join) is worked out here, so that no service sees the past.
    """
    SETTLERS.append(settle)
    return settle


@functools.cache
def load_handlers() -> None:
    """Import every handler module once, so that OPERATIONS is complete."""
    for package_name in _PACKAGES:
        package = importlib.import_module(package_name)
        for module in pkgutil.walk_packages(package.__path__, f"{package_name}."):
            importlib.import_module(module.name)


def read(target: Target, response: Response) -> dict[str, Any]:
    """The response as botocore's model shapes it. Raises Refused for an error."""
    parser = create_parser(target.protocol)
    parsed: dict[str, Any] = parser.parse(
        {"status_code": response.status, "headers": response.headers, "body": response.body},
        target.model.output_shape,
    )
    parsed.pop("ResponseMetadata", None)
    if response.status < 300:
        return parsed
    fault = parsed.pop("Error", {})
    raise Refused(fault.get("Code") or "InternalFailure", fault.get("Message") or "", response.status, **parsed)


def _rewritten(request: Request, target: Target, params: dict[str, Any]) -> Request:
    """The request with other parameters, serialised as a client would, under the same signature scope."""
    draft = create_serializer(target.protocol, include_validation=False).serialize_to_request(params, target.model)
    body = draft["body"]
    data = urlencode(body, doseq=True).encode() if isinstance(body, dict) else body
    base = urlsplit(request.url)
    query = urlencode(draft.get("query_string") or {}, doseq=True)
    url = f"{base.scheme}://{base.netloc}{draft['url_path']}" + (f"?{query}" if query else "")
    headers = Headers({**request.headers.without("Content-Length"), **draft["headers"]})
    return Request(draft["method"], url, headers, data.encode() if isinstance(data, str) else data)

"""AWS's wire protocols from the server's side: which operation a request is, its parameters, and the answer's bytes.

Works from botocore's own models with moto's parsers and serialisers, for the ec2, query, json and rest-json protocols
alike. Knows nothing of accounts, faults or handlers.
"""

import functools
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any
from urllib.parse import parse_qs, parse_qsl, unquote, urlsplit
from xml.sax.saxutils import escape

from botocore.exceptions import UnknownServiceError
from moto.core.model import OperationModel, ServiceModel
from moto.core.parse import PROTOCOL_PARSERS
from moto.core.request import Request as MotoRequest
from moto.core.request import determine_request_protocol
from moto.core.routing import get_service_router
from moto.core.serialize import ResponseSerializer, get_serializer_class
from moto.core.utils import get_service_model
from werkzeug.datastructures import Headers as WerkzeugHeaders
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import NotFound

# SigV4 scopes name the signing service, which differs from the API's name for these.
_API_OF_SCOPE = {
    "tagging": "resourcegroupstaggingapi",
    "servicequotas": "service-quotas",
    "elasticloadbalancing": "elbv2",
    "monitoring": "cloudwatch",
}


class Headers(dict[str, str]):
    """HTTP headers looked up without regard to case; the names keep the case of their first writer."""

    def __init__(self, items: Mapping[str, Any] | None = None) -> None:
        super().__init__()
        self._spelled: dict[str, str] = {}
        for name, value in (items or {}).items():
            self[name] = value.decode() if isinstance(value, bytes) else str(value)

    def __setitem__(self, name: str, value: str) -> None:
        super().__setitem__(self._spelled.setdefault(name.lower(), name), value)

    def __getitem__(self, name: str) -> str:
        return super().__getitem__(self._spelled.get(name.lower(), name))

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.lower() in self._spelled

    def get(self, name: str, default: Any = None) -> Any:
        return super().get(self._spelled.get(name.lower(), name), default)

    def without(self, *names: str) -> "Headers":
        """A copy that lacks `names`."""
        dropped = {name.lower() for name in names}
        return Headers({name: value for name, value in self.items() if name.lower() not in dropped})


@dataclass(frozen=True)
class Request:
    """One HTTP request as it came. `url` is absolute, with its query."""

    method: str
    url: str
    headers: Headers
    body: bytes = b""

    @functools.cached_property
    def fields(self) -> list[tuple[str, str]]:
        """The pairs of the query and of a form in the body."""
        fields = parse_qsl(urlsplit(self.url).query, keep_blank_values=True)
        if self.headers.get("Content-Type", "").startswith("application/x-www-form-urlencoded"):
            fields += parse_qsl(self.body.decode(), keep_blank_values=True)
        return fields


@dataclass(frozen=True)
class Response:
    """One HTTP response."""

    status: int
    headers: Headers = field(default_factory=Headers)
    body: bytes = b""


@dataclass(frozen=True)
class Target:
    """The operation that a request asks for. `protocol` is the one that this request speaks."""

    service: str
    region: str
    operation: str
    model: OperationModel
    protocol: str
    path_params: Mapping[str, Any]


class Unroutable(Exception):
    """No operation of a known service fits the request; `service` is empty when not even that is known."""

    def __init__(self, message: str, *, service: str = "", protocol: str = "json") -> None:
        super().__init__(message)
        self.service = service
        self.protocol = protocol


@dataclass(frozen=True)
class _Asked:
    """All of a request that its meaning depends on: whoever polls says the same again and again."""

    service: str
    region: str
    method: str
    url: str
    content_type: str
    target: str
    body: bytes
    request: Request = field(compare=False)


def identify(request: Request) -> Target:
    """Service and region from the SigV4 scope, operation from X-Amz-Target, Action or the REST route.

    Raises Unroutable.
    """
    return _identified(_asked(request))


def parse(request: Request, target: Target) -> dict[str, Any]:
    """The request's parameters, in botocore's own shape for this operation."""
    # What stands in headers is no part of what is remembered by.
    parsed = _parsed(request, target) if _reads_headers(target.model) else _remembered(_asked(request))
    return {name: _copied(value) for name, value in parsed.items()}


def _asked(request: Request) -> _Asked:
    service, region = _scope(request)
    kind, target = (request.headers.get(name, "") for name in ("Content-Type", "X-Amz-Target"))
    return _Asked(service, region, request.method, request.url, kind, target, request.body, request)


@functools.lru_cache(maxsize=1024)
def _identified(asked: _Asked) -> Target:
    request, service, region = asked.request, asked.service, asked.region
    try:
        model: ServiceModel = get_service_model(service)
    except UnknownServiceError as error:
        raise Unroutable(f"{service} is not a service that botocore knows") from error
    protocol = determine_request_protocol(model, request.headers.get("Content-Type", ""))
    name, path_params = _operation_name(request, service)
    if name not in model.operation_names:
        raise Unroutable(
            f"The action {name or urlsplit(request.url).path} is not valid for {service}.",
            service=service,
            protocol=protocol,
        )
    return Target(service, region, name, model.operation_model(name), protocol, path_params)


@functools.lru_cache(maxsize=1024)
def _remembered(asked: _Asked) -> dict[str, Any]:
    return _parsed(asked.request, _identified(asked))


@functools.cache
def _reads_headers(model: OperationModel) -> bool:
    members = model.input_shape.members.values() if model.input_shape is not None else ()
    return any(member.serialization.get("location") in ("header", "headers") for member in members)


def _copied(value: Any) -> Any:
    """A copy that a handler may change."""
    if isinstance(value, dict):
        return {name: _copied(member) for name, member in value.items()}
    if isinstance(value, list):
        return [_copied(member) for member in value]
    return value


def _parsed(request: Request, target: Target) -> dict[str, Any]:
    parser = PROTOCOL_PARSERS[target.protocol](target.model)
    parsed = parser.parse(
        {
            "method": request.method,
            "values": MultiDict(request.fields),
            "headers": WerkzeugHeaders(request.headers),
            "body": request.body,
            "url_path": urlsplit(request.url).path,
            "url_params": dict(target.path_params),
        }
    )
    return dict(parsed or {})


def result(target: Target, value: Mapping[str, Any], request_id: str) -> Response:
    """The bytes of a successful answer."""
    serializer = _serializer_class(target.model.service_model.service_name, target.protocol)
    answer = serializer(operation_model=target.model, pretty_print=False).serialize(value)
    body = answer["body"]
    headers = Headers(answer["headers"])
    data = body.encode() if isinstance(body, str) else body
    return numbered(Response(answer["status_code"], headers, data), request_id)


def numbered(response: Response, request_id: str) -> Response:
    """The same answer with its request's id, which moto leaves open, in the headers and in XML."""
    headers = Headers({**response.headers, "x-amzn-RequestId": request_id})
    body = response.body.replace(b">request-id<", f">{request_id}<".encode())
    return Response(response.status, headers, body)


def error(
    target: Target | None, protocol: str, code: str, message: str, *,
    status: int | None = None, members: Mapping[str, Any] | None = None, request_id: str,
) -> Response:  # fmt: skip
    """The bytes of a refusal. Without `status`, the one that the service's model gives the code, else 400."""
    shape = _error_shape(target, code)
    trait = dict(shape.metadata.get("error", {})) if shape is not None else {}
    final_status = status or trait.get("httpStatusCode") or 400
    headers = Headers({"x-amzn-RequestId": request_id})
    if protocol in ("ec2", "query", "rest-xml"):
        headers["Content-Type"] = "text/xml"
        return Response(final_status, headers, _xml_error(protocol, code, message, request_id).encode())
    headers["Content-Type"] = "application/x-amz-json-1.1" if protocol == "json" else "application/json"
    headers["x-amzn-ErrorType"] = shape.name if shape is not None else code
    if target is not None and "awsQueryCompatible" in target.model.service_model.metadata:
        headers["x-amzn-query-error"] = f"{trait.get('code', code)};Sender"
    document = {"__type": headers["x-amzn-ErrorType"], "message": message, **(members or {})}
    return Response(final_status, headers, json.dumps(document).encode())


def to_moto(request: Request) -> MotoRequest:
    """The same request as the object that moto's parsers, routers and handlers take.

    What moto's own `from_primitives` makes by way of werkzeug's test client, without that.
    """
    parts = urlsplit(request.url)
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote(parts.path).encode().decode("latin1"),  # as WSGI wants it
        "RAW_URI": parts.path,
        "QUERY_STRING": parts.query,
        "SERVER_NAME": parts.hostname,
        "SERVER_PORT": str(parts.port or (443 if parts.scheme == "https" else 80)),
        "wsgi.url_scheme": parts.scheme,
        "wsgi.input": BytesIO(request.body),
        "HTTP_HOST": parts.netloc,
    }
    for name, value in request.headers.items():
        key = name.upper().replace("-", "_")
        if key not in ("CONTENT_LENGTH", "TRANSFER_ENCODING"):  # the body is whole
            environ[key if key == "CONTENT_TYPE" else f"HTTP_{key}"] = value
    environ["CONTENT_LENGTH"] = str(len(request.body))
    return MotoRequest(environ, populate_request=False)


def without_none(value: Any) -> Any:
    """`value` without the mapping entries that are None, at any depth: unset members do not exist on the wire."""
    if isinstance(value, dict):
        return {key: without_none(member) for key, member in value.items() if member is not None}
    if isinstance(value, list | tuple):
        return [without_none(member) for member in value]
    return value


def _scope(request: Request) -> tuple[str, str]:
    """(service, region) that the request was signed for; presigned URLs carry the scope in their query."""
    for credential in _credentials(request):
        parts = credential.split("/")
        if len(parts) >= 5:
            return _API_OF_SCOPE.get(parts[-2], parts[-2]), parts[-3]
    raise Unroutable("The request is not signed with Signature Version 4, so its service is unknown.")


def _credentials(request: Request) -> Iterator[str]:
    authorization: str = request.headers.get("Authorization", "")
    if "Credential=" in authorization:
        yield authorization.split("Credential=", 1)[1].split(",", 1)[0].strip()
    yield from parse_qs(urlsplit(request.url).query).get("X-Amz-Credential", [])


def _operation_name(request: Request, service: str) -> tuple[str, Mapping[str, Any]]:
    target: str = request.headers.get("X-Amz-Target", "")
    if target:
        return target.rsplit(".", 1)[-1], {}
    action = next((value for name, value in request.fields if name == "Action"), None)
    if action is not None:
        return action, {}
    try:
        operation, path_params = get_service_router(service).match(to_moto(request))
    except NotFound:
        return "", {}
    return operation.name, path_params


@functools.cache
def _serializer_class(service: str, protocol: str) -> type[ResponseSerializer]:
    """moto's serialiser, for values that have the shape's own names already."""
    stock = get_serializer_class(service, protocol)

    def get_value(self: ResponseSerializer, value: Any, key: str, shape: Any) -> Any:
        return value.get(key) if isinstance(value, dict) else stock.get_value(self, value, key, shape)

    return type(stock.__name__, (stock,), {"get_value": get_value})


def _error_shape(target: Target | None, code: str) -> Any:
    if target is None:
        return None
    return _error_shapes(target.service).get(code)


@functools.cache
def _error_shapes(service: str) -> dict[str, Any]:
    """Error shapes by both of their names: the shape's and the code on the wire."""
    shapes: dict[str, Any] = {}
    model = get_service_model(service)
    # Not the model's own list of them: that one makes every shape of the service, to see which are errors.
    documents = model._service_description["shapes"]
    for shape in (model.shape_for(name) for name, document in documents.items() if document.get("exception")):
        shapes[shape.name] = shape
        shapes[shape.error_code] = shape
    return shapes


def _xml_error(protocol: str, code: str, message: str, request_id: str) -> str:
    fault = f"<Code>{escape(code)}</Code><Message>{escape(message)}</Message>"
    if protocol == "ec2":
        return f"<Response><Errors><Error>{fault}</Error></Errors><RequestID>{request_id}</RequestID></Response>"
    if protocol == "query":
        body = f"<Error><Type>Sender</Type>{fault}</Error><RequestId>{request_id}</RequestId>"
        return f"<ErrorResponse>{body}</ErrorResponse>"
    return f"<Error>{fault}<RequestId>{request_id}</RequestId></Error>"

"""The one way into moto: a request by direct dispatch over a service's own URL table, without its server or stubber.

Also resets and seeds moto, and hands out its backends to handlers that must look at or change stored objects. moto
keeps its state in the process, so only one World at a time may use it; it is not thread-safe, so callers hold the
World's lock.
"""

import functools
import importlib
import os
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from moto.core.base_backend import BackendDict
from moto.core.model_instances import reset_model_data
from moto.moto_api._internal import mock_random
from werkzeug.exceptions import HTTPException

from eksgpu.sandbox import moto_quicker
from eksgpu.sandbox.wire import Headers, Request, Response, Target, to_moto

moto_quicker.install()

_Handler = Callable[..., tuple[int, dict[str, Any], str | bytes]]


def reset(seed: int) -> None:
    """Forget every stored object and make the ids that moto gives start over from `seed`."""
    # moto's own switch: without it every region starts with 1,299 public images and their snapshots, in a third of a
    # second. Nothing here looks an image up by name; EKS's are found through SSM parameters.
    os.environ["MOTO_EC2_LOAD_DEFAULT_AMIS"] = "false"
    for backends in _in_use():
        backends.clear()
    _in_use().clear()
    reset_model_data()
    mock_random.seed(seed)


def dispatch(target: Target, request: Request, account: str) -> Response | None:
    """Stock moto's answer; None when it has no such operation."""
    path = urlsplit(request.url).path
    handler = next((handler for pattern, handler in _url_table(target.service) if pattern.match(path)), None)
    if handler is None:
        return None
    addressed = _addressed(request, target, account)
    moto_request = to_moto(addressed)
    try:
        status, headers, body = handler(moto_request, addressed.url, moto_request.headers)
    except NotImplementedError:
        return None
    except HTTPException as refused:
        status, headers, body = refused.code or 400, dict(refused.get_headers()), refused.get_body()
    data = body.encode() if isinstance(body, str) else body
    return Response(int(status), Headers(headers).without("Content-Length", "status", "date"), data)


def backend(service: str, account: str, region: str) -> Any:
    """moto's backend object of a service in a region ("aws" for global services such as IAM)."""
    from moto.backends import get_backend

    return get_backend(_package(service))[account][region]  # type: ignore[call-overload]


def backend_in_use(service: str, account: str, region: str) -> Any:
    """The same, but None when nothing was ever stored there: looking must not import or build a service."""
    for backends in _in_use():
        # dict.get: moto's own look-up would make what it does not find.
        if backends.service_name == service and (by_region := backends.get(account)) is not None:
            return by_region.get(region)
    return None


def _in_use() -> list[Any]:
    """moto's own list of the services that hold anything."""
    instances: list[Any] = BackendDict._instances  # type: ignore[misc]
    return instances


@functools.cache
def _url_table(service: str) -> tuple[tuple[re.Pattern[str], _Handler], ...]:
    try:
        urls = importlib.import_module(f"moto.{_package(service)}.urls")
    except ModuleNotFoundError:
        return ()
    return tuple((re.compile(path.format("")), handler) for path, handler in urls.url_paths.items())


def _package(service: str) -> str:
    return service.replace("-", "")


def _addressed(request: Request, target: Target, account: str) -> Request:
    """The request as if sent to AWS's own host: moto reads the region from there and the account from a header."""
    prefix = target.model.service_model.endpoint_prefix
    host = f"{prefix}.amazonaws.com" if target.service == "iam" else f"{prefix}.{target.region}.amazonaws.com"
    parts = urlsplit(request.url)
    headers = request.headers.without("x-moto-account-id", "host", "user-agent")
    headers["x-moto-account-id"] = account
    return Request(request.method, urlunsplit(("https", host, parts.path, parts.query, "")), headers, request.body)

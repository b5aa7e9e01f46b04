"""The official Kubernetes client wired straight into an Api: no sockets, no server, no threads.

A watch answers what there is and then ends, as a server may do at any time: whoever watches goes on from the last
resource version.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from io import BytesIO
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

import urllib3

from eksgpu.sandbox.kubernetes.api import Api
from eksgpu.sandbox.kubernetes.http import Request, Response

if TYPE_CHECKING:
    import kubernetes.client

Answer = Callable[[Request], Response]
"""A whole answer, without a stream; it may raise what urllib3 raises."""


def attach(client: "kubernetes.client.ApiClient", api: Api) -> None:
    """Route a client's requests into `api`, as its administrator unless they carry a token of their own."""

    def answer(request: Request) -> Response:
        if not request.header("authorization"):
            sent = {**request.headers, "Authorization": f"Bearer {api.admin_token}"}
            request = replace(request, headers=sent)
        return whole(api, api.handle(request))

    route(client, answer)


def route(client: "kubernetes.client.ApiClient", answer: Answer) -> None:
    """Have `answer` stand for the network of a client."""
    client.rest_client.pool_manager = Pool(answer)  # type: ignore[assignment]  # only `request` and `clear` are called


def whole(api: Api, response: Response) -> Response:
    """The same with what a stream has so far as its body, and ended."""
    if response.stream is None:
        return response
    with api.lock:
        data = response.stream.read() or b""
        response.stream.close()
    return Response(response.status, data, response.headers)


class Pool:
    """What the client needs of a urllib3 pool."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer

    def request(
        self,
        method: str,
        url: str,
        body: str | bytes | None = None,
        fields: Any = None,
        headers: Mapping[str, str] | None = None,
        **_: Any,
    ) -> urllib3.HTTPResponse:
        """Answer at once. `fields` become the query, as urllib3 does it for methods without a body."""
        parts = urlsplit(url)
        query = "&".join(part for part in (parts.query, urlencode(fields or ())) if part)
        raw = body.encode() if isinstance(body, str) else body or b""
        target = parts.path + (f"?{query}" if query else "")
        response = self._answer(Request(method, target, dict(headers or {}), raw))
        return urllib3.HTTPResponse(
            _Raw(response.body), headers=response.headers, status=response.status, preload_content=False,
            request_method=method,
        )  # fmt: skip

    def clear(self) -> None:
        """Nothing is kept open."""


class _Raw(BytesIO):
    """A body that closes itself at its end, as a socket's does: readers of streams wait for that."""

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        if self.tell() == len(self.getbuffer()):
            self.close()
        return data

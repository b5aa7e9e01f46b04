"""The official Kubernetes client wired straight into an Api: no sockets, no server, no threads.

A watch answers what there is and then ends, as a server may do at any time: whoever watches goes on from the last
resource version.
"""

from collections.abc import Mapping
from io import BytesIO
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

import urllib3

from eksgpu.sandbox.kubernetes.api import Api
from eksgpu.sandbox.kubernetes.http import Request

if TYPE_CHECKING:
    import kubernetes.client


def attach(client: "kubernetes.client.ApiClient", api: Api) -> None:
    """Route a client's requests into `api`, as its administrator unless they carry a token of their own."""
    client.rest_client.pool_manager = Pool(api)  # type: ignore[assignment]  # only `request` and `clear` are called


class Pool:
    """What the client needs of a urllib3 pool."""

    def __init__(self, api: Api) -> None:
        self._api = api

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
        sent = dict(headers or {})
        if not any(name.lower() == "authorization" for name in sent):
            sent["Authorization"] = f"Bearer {self._api.admin_token}"
        raw = body.encode() if isinstance(body, str) else body or b""
        target = parts.path + (f"?{query}" if query else "")
        response = self._api.handle(Request(method, target, sent, raw))
        data = response.body
        if response.stream is not None:
            with self._api.lock:
                data = response.stream.read() or b""
                response.stream.close()
        return urllib3.HTTPResponse(
            _Raw(data), headers=response.headers, status=response.status, preload_content=False,
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

"""The connection of a command in a pod: writes the answer that the core has made of the request, then hangs up.

Takes over from uvicorn's HTTP protocol when a client asks for a WebSocket; the frames come from the core.
"""

import asyncio
from http.client import responses
from typing import TYPE_CHECKING, Any

from eksgpu.sandbox.kubernetes.http import Request

if TYPE_CHECKING:
    from uvicorn import Config

# A client that does not close its side after our closing frame is not waited for any longer.
_LINGER_SECONDS = 2.0


class ExecConnection(asyncio.Protocol):
    """Made by uvicorn, which hands it the transport and the request as it came."""

    def __init__(self, config: "Config", **_: Any) -> None:
        self._application = config.loaded_app
        self._transport: asyncio.Transport | None = None
        self._head = b""
        self._answered = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """The request, then the client's own closing frame."""
        assert self._transport is not None
        if self._answered:
            self._transport.close()
            return
        self._head += data
        if b"\r\n\r\n" in self._head:
            self._answered = True
            self._answer(self._transport)

    def shutdown(self) -> None:
        """The server stops."""
        if self._transport is not None:
            self._transport.close()

    def _answer(self, transport: asyncio.Transport) -> None:
        response = self._application.api.handle(_request(self._head))
        headers = dict(response.headers)
        if response.status != 101:
            headers |= {"Content-Length": str(len(response.body)), "Connection": "close"}
        lines = [f"HTTP/1.1 {response.status} {responses[response.status]}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        transport.write("\r\n".join([*lines, "", ""]).encode() + response.body)
        if response.status == 101:
            asyncio.get_running_loop().call_later(_LINGER_SECONDS, transport.close)
        else:
            transport.close()


def _request(head: bytes) -> Request:
    first, *lines = head.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
    method, target, _ = first.split(" ")
    headers = dict(line.split(": ", 1) for line in lines)
    return Request(method, target, headers)

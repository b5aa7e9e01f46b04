"""An Api behind HTTPS on 127.0.0.1, with a certificate of an authority, on a thread of its own."""

import asyncio
import contextlib
import socket
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import uvicorn

from eksgpu.sandbox.kubernetes.api import Api
from eksgpu.sandbox.kubernetes.asgi import Application
from eksgpu.sandbox.kubernetes.certificate import Authority
from eksgpu.sandbox.kubernetes.websocket import ExecConnection

LOOPBACK = "127.0.0.1"
_BACKLOG = 256
# Clients keep connections in pools; one that the server closes costs them a retry.
_KEEP_ALIVE_SECONDS = 600


class Server:
    """A running server for an application on a listening socket. `ca` is what clients must trust, in PEM."""

    def __init__(self, application: Application, listening: socket.socket, authority: Authority) -> None:
        self.ca = authority.pem
        self._application = application
        self._socket = listening
        # Inherited by every connection; asyncio would set it for sockets made with an explicit protocol only.
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with _files(*authority.issue(LOOPBACK)) as (certificate, key):
            config = uvicorn.Config(
                application,
                http="httptools",
                loop="asyncio",
                ws=ExecConnection,
                log_config=None,
                access_log=False,
                server_header=False,
                date_header=False,
                proxy_headers=False,  # it would wrap the application that exec connections ask for its Api
                ssl_certfile=certificate,
                ssl_keyfile=key,
                timeout_keep_alive=_KEEP_ALIVE_SECONDS,
                timeout_graceful_shutdown=1,
            )
            config.load()
        self._server = _Uvicorn(config)
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],), daemon=True)
        self._thread.start()
        application.started.wait()

    @property
    def url(self) -> str:
        return f"https://{LOOPBACK}:{self._socket.getsockname()[1]}"

    def stop(self) -> None:
        """End it, running watches included, and wait for its thread."""
        self._application.stopping = True
        self._server.should_exit = True
        self._thread.join()


def serve(api: Api, port: int = 0, *, authority: Authority | None = None) -> Server:
    """Serve on a port of 127.0.0.1, a free one when 0, under a new authority when none is given."""
    listening = socket.create_server((LOOPBACK, port), backlog=_BACKLOG)
    return Server(Application(api), listening, authority or Authority.new())


class _Uvicorn(uvicorn.Server):
    """Leaves no connection behind: TLS would wait half a minute for each client to say goodbye."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for connection in list(self.server_state.connections):
            cycle = getattr(connection, "cycle", None)
            if cycle is None or cycle.response_complete:  # nobody waits for an answer on it
                connection.transport.abort()
        await super().shutdown(sockets)
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        await asyncio.sleep(0)


@contextlib.contextmanager
def _files(certificate: str, key: str) -> Iterator[tuple[str, str]]:
    """The ssl module loads certificates from files only."""
    with tempfile.TemporaryDirectory() as folder:
        paths = Path(folder) / "tls.crt", Path(folder) / "tls.key"
        for path, text in zip(paths, (certificate, key), strict=True):
            path.touch(mode=0o600)
            path.write_text(text)
        yield str(paths[0]), str(paths[1])

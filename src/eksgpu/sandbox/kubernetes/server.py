"""An Api behind HTTPS on 127.0.0.1, with a certificate of its own authority, on a thread of its own."""

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
    """A running server. `ca` is the authority in PEM that clients must trust."""

    def __init__(self, api: Api, port: int, authority: Authority) -> None:
        self.ca = authority.pem
        self._socket = socket.create_server((LOOPBACK, port), backlog=_BACKLOG)
        # Inherited by every connection; asyncio would set it for sockets made with an explicit protocol only.
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        ready = threading.Event()
        with _files(*authority.issue(LOOPBACK)) as (certificate, key):
            config = uvicorn.Config(
                Application(api, ready.set),
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
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],), daemon=True)
        self._thread.start()
        ready.wait()

    @property
    def url(self) -> str:
        return f"https://{LOOPBACK}:{self._socket.getsockname()[1]}"

    def stop(self) -> None:
        """End it, running watches included, and wait for its thread."""
        self._server.should_exit = True
        self._thread.join()


def serve(api: Api, port: int = 0, *, authority: Authority | None = None) -> Server:
    """Serve on a port of 127.0.0.1, a free one when 0, under a new authority when none is given."""
    return Server(api, port, authority or Authority.new())


@contextlib.contextmanager
def _files(certificate: str, key: str) -> Iterator[tuple[str, str]]:
    """The ssl module loads certificates from files only."""
    with tempfile.TemporaryDirectory() as folder:
        paths = Path(folder) / "tls.crt", Path(folder) / "tls.key"
        for path, text in zip(paths, (certificate, key), strict=True):
            path.touch(mode=0o600)
            path.write_text(text)
        yield str(paths[0]), str(paths[1])

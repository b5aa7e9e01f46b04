"""The kubelets' own endpoint on loopback: where a real kube-apiserver fetches `kubectl logs` of the sandbox's pods.

One endpoint serves every node; the path says which container is meant. The apiserver does not verify the certificate.
"""

import socket
import ssl
import threading
from collections.abc import Callable, Iterable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

Lines = Callable[[str, str, str], list[str] | None]
"""Namespace, pod and container to what it printed; None when there is no such container."""

LOOPBACK = "127.0.0.1"
_LOOK_AGAIN_SECONDS = 0.2


class KubeletServer:
    """Serves on a free port of 127.0.0.1. `running` says whether a pod may still print, for `logs -f`."""

    def __init__(
        self, lines: Lines, running: Callable[[str, str], bool], *, certificate: str, key: str, port: int = 0
    ) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        self._stopping = threading.Event()
        self._server = ThreadingHTTPServer((LOOPBACK, port), _handler(lines, running, self._stopping))
        self._server.daemon_threads = True
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    def stop(self) -> None:
        """End it and wait for its thread."""
        self._stopping.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _handler(
    lines: Lines, running: Callable[[str, str], bool], stopping: threading.Event
) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            split = urlsplit(self.path)
            parts, query = split.path.strip("/").split("/"), parse_qs(split.query)
            if len(parts) != 4 or parts[0] != "containerLogs":
                self.send_error(HTTPStatus.NOT_FOUND)
                return
            _, namespace, pod, container = parts
            held = lines(namespace, pod, container)
            if held is None:
                self.send_error(HTTPStatus.NOT_FOUND)
                return
            self.send_response(HTTPStatus.OK)
            self.send_header("Content-Type", "text/plain")
            self.end_headers()
            tail = int(query.get("tailLines", [str(len(held))])[0])
            self._print(held[max(0, len(held) - tail) :])
            if query.get("follow") == ["true"]:
                self._follow(namespace, pod, container, len(held))

        def _follow(self, namespace: str, pod: str, container: str, seen: int) -> None:
            while running(namespace, pod) and not stopping.is_set() and not _has_left(self.connection):
                held = lines(namespace, pod, container) or []
                self._print(held[seen:])
                seen = max(seen, len(held))
                stopping.wait(_LOOK_AGAIN_SECONDS)

        def _print(self, texts: Iterable[str]) -> None:
            self.wfile.write("".join(f"{text}\n" for text in texts).encode())
            self.wfile.flush()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the base class's own word
            """The sandbox's own log is elsewhere."""

    return Handler


def _has_left(client: socket.socket) -> bool:
    """Whether nobody follows any more: a follower says nothing until he closes."""
    client.setblocking(False)
    try:
        return client.recv(1) == b""
    except (ssl.SSLWantReadError, BlockingIOError):
        return False
    except OSError:
        return True
    finally:
        client.setblocking(True)

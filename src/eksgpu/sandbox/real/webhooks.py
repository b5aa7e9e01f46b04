"""The webhooks that a real kube-apiserver asks about tokens and about access, on a port of 127.0.0.1.

What the answers are is the business of `reviews`.
"""

import json
import threading
from collections.abc import Callable, Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from eksgpu.sandbox.kubernetes.auth import Authenticate

from .control_plane import LOOPBACK
from .reviews import Review, Reviews

Answer = Callable[[Review], Review]


class Webhooks:
    """Serves on a free port, without TLS: only processes of this machine reach it."""

    def __init__(self, authenticate: Authenticate) -> None:
        reviews = Reviews(authenticate)
        self._server = _Server((LOOPBACK, 0), _handler({"/token": reviews.of_token, "/access": reviews.of_access}))
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True, name="webhooks")
        self._thread.start()

    @property
    def token_review(self) -> str:
        """The URL for questions about tokens."""
        return f"http://{LOOPBACK}:{self._server.server_address[1]}/token"

    @property
    def access_review(self) -> str:
        """The URL for questions about access."""
        return f"http://{LOOPBACK}:{self._server.server_address[1]}/access"

    def stop(self) -> None:
        """End it and wait for its thread."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128  # with five, threads that connect at once lose a whole second to TCP's retry


def _handler(answers: Mapping[str, Answer]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            answer = answers.get(self.path.partition("?")[0])
            if answer is None:
                self.send_error(HTTPStatus.NOT_FOUND)
                return
            try:
                review = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)))
            except ValueError:
                self.send_error(HTTPStatus.BAD_REQUEST)
                return
            body = json.dumps(answer(review)).encode()
            self.send_response(HTTPStatus.OK)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the base class's own word
            """Tokens are in no log."""

    return Handler

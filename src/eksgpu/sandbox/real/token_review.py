"""The webhook by which a real kube-apiserver asks who is behind a token: EKS's presigned URLs become users."""

import json
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from eksgpu.sandbox.kubernetes.auth import MASTERS, Authenticate, User

from .roles import binds, role_group

LOOPBACK = "127.0.0.1"


class TokenReviewServer:
    """Serves on a free port of 127.0.0.1, without TLS: only processes of this machine reach it."""

    def __init__(self, authenticate: Authenticate) -> None:
        self._server = ThreadingHTTPServer((LOOPBACK, 0), _handler(authenticate))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True, name="token reviews")
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self._server.server_address[1]}/"

    def stop(self) -> None:
        """End it and wait for its thread."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def reviewed(review: dict[str, Any], authenticate: Authenticate) -> dict[str, Any]:
    """The answer to a TokenReview."""
    user = authenticate(str(review.get("spec", {}).get("token", "")))
    status: dict[str, Any] = {"authenticated": user is not None}
    if user is not None:
        status["user"] = _info(user)
    return {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "status": status}


def _info(user: User) -> dict[str, object]:
    groups = [*user.groups, *(role_group(grant.role) for grant in user.grants if binds(grant))]
    if user.may_everything and MASTERS not in groups:
        groups.append(MASTERS)
    return {"username": user.name, "uid": user.uid, "groups": groups, "extra": user.extra}


def _handler(authenticate: Authenticate) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            try:
                review = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)))
            except ValueError:
                self.send_error(HTTPStatus.BAD_REQUEST)
                return
            body = json.dumps(reviewed(review, authenticate)).encode()
            self.send_response(HTTPStatus.OK)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the base class's own word
            """Tokens are in no log."""

    return Handler

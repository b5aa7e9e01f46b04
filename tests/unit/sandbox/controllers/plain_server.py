"""The embedded API behind plain HTTP on a thread, just enough for a client with watches."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from eksgpu.sandbox.kubernetes.api import Api
from eksgpu.sandbox.kubernetes.http import Request


class PlainServer:
    def __init__(self, api: Api) -> None:
        self._stopping = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(api, self._stopping))
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def stop(self) -> None:
        self._stopping.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _handler(api: Api, stopping: threading.Event) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            response = api.handle(Request(self.command, self.path, dict(self.headers), body))
            self.send_response(response.status)
            for name, value in response.headers.items():
                self.send_header(name, value)
            if response.stream is None:
                self.send_header("Content-Length", str(len(response.body)))
            else:
                self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            self.wfile.write(response.body)
            while response.stream is not None and not stopping.is_set():
                fresh = response.stream.read()
                if fresh is None:
                    self.wfile.write(b"0\r\n\r\n")
                    return
                if fresh:
                    self.wfile.write(b"%x\r\n%s\r\n" % (len(fresh), fresh))
                stopping.wait(0.01)

        do_GET = do_POST = do_PATCH = do_DELETE = answer  # noqa: N815  the base class's own words

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Quiet."""

    return Handler

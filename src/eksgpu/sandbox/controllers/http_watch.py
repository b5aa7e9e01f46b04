"""A watch over HTTPS: read on a thread of its own, resumed when its stream ends, taken from without waiting."""

import contextlib
import json
import queue
import threading
from typing import Any
from urllib.parse import urlencode

import urllib3

from eksgpu.sandbox.kubernetes.failure import ApiError

from .client import Object

_RESUME_SECONDS = 0.2
_STREAM_SECONDS = 300


class HttpWatch:
    """Changes since a resource version. Expired versions come up as ApiError 410 when somebody polls."""

    def __init__(self, pool: urllib3.PoolManager, url: str, headers: dict[str, str], resource_version: str) -> None:
        self._pool, self._url, self._headers = pool, url, headers
        self._version = resource_version
        self._arrived: queue.SimpleQueue[tuple[str, Object] | ApiError] = queue.SimpleQueue()
        self._closed = threading.Event()
        self._response: Any = None
        self._thread = threading.Thread(target=self._run, daemon=True, name=f"watch {url}")
        self._thread.start()

    def poll(self) -> list[tuple[str, Object]]:
        """What has come in meanwhile."""
        found: list[tuple[str, Object]] = []
        while not self._arrived.empty():
            item = self._arrived.get()
            if isinstance(item, ApiError):
                raise item
            found.append(item)
        return found

    def close(self) -> None:
        """Take nothing more in, and wait for the thread."""
        self._closed.set()
        with contextlib.suppress(ValueError, RuntimeError):  # its connection is given back already
            if self._response is not None:
                self._response.shutdown()
        self._thread.join(_RESUME_SECONDS * 10)

    def _run(self) -> None:
        while not self._closed.is_set():
            try:
                if not self._stream():
                    return
            except (urllib3.exceptions.HTTPError, OSError, ValueError):
                pass  # a broken stream is resumed like one that ended
            self._closed.wait(_RESUME_SECONDS)

    def _stream(self) -> bool:
        """One stream until it ends; False when there is no going on from here."""
        query = {"watch": "1", "allowWatchBookmarks": "true", "resourceVersion": self._version}
        url = f"{self._url}?{urlencode({**query, 'timeoutSeconds': _STREAM_SECONDS})}"
        timeout = urllib3.Timeout(connect=10, read=_STREAM_SECONDS + 10)
        self._response = self._pool.request("GET", url, headers=self._headers, preload_content=False, timeout=timeout)
        if self._response.status >= 400:
            self._arrived.put(ApiError(self._response.status, "", self._response.data.decode(errors="replace")))
            return False
        try:
            return all(self._take(json.loads(line)) for line in _lines(self._response))
        finally:
            self._response.close()

    def _take(self, event: Object) -> bool:
        obj = event["object"]
        if event["type"] == "ERROR":
            self._arrived.put(ApiError(int(obj.get("code", 500)), obj.get("reason", ""), obj.get("message", "")))
            return False
        self._version = str(obj["metadata"]["resourceVersion"])
        if event["type"] != "BOOKMARK":
            self._arrived.put((event["type"], obj))
        return True


def _lines(response: Any) -> Any:
    """Whole lines of a body as it comes."""
    rest = b""
    for chunk in response.stream(65536, decode_content=True):
        *whole, rest = (rest + chunk).split(b"\n")
        yield from (line for line in whole if line.strip())

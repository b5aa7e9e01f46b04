"""The bearer token of one client: asked for when needed, kept until it is about to expire, asked again after a 401."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
MARGIN = timedelta(seconds=60)  # renewed this long before its end, so that no request meets it
TokenSource = Callable[[], tuple[str, datetime]]


class Bearer:
    """Thread-safe. `source()` returns a token and when it expires (UTC)."""

    def __init__(self, source: TokenSource, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._source = source
        self._now = now
        self._lock = threading.Lock()
        self._token = ""
        self._expires = LONG_AGO

    def token(self) -> str:
        """A token that is good for another minute at least."""
        with self._lock:
            if self._now() >= self._expires - MARGIN:
                self._token, self._expires = self._source()
            return self._token

    def refused(self, token: str) -> None:
        """The API did not take this token: ask for another one, unless somebody has done so already."""
        with self._lock:
            if token == self._token:
                self._expires = LONG_AGO

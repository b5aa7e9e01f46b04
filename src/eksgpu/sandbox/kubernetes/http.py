"""Requests, answers and streams as the core sees them, whatever carries them.

Knows no socket and no resource.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol
from urllib.parse import parse_qsl, unquote, urlsplit

import orjson

JSON = "application/json"


class Stream(Protocol):
    """A body that grows. `notify` is called, under the server's lock, when `read` has something new."""

    notify: Callable[[], None] | None

    def read(self) -> bytes | None:
        """What is ready now (b"" when nothing is); None once it has ended."""
        ...

    def close(self) -> None:
        """The reader has gone."""
        ...


@dataclass(frozen=True)
class Request:
    """`target` is path and query as on the request line. Header names are compared in any case."""

    method: str
    target: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @cached_property
    def path(self) -> str:
        return unquote(urlsplit(self.target).path)

    @cached_property
    def query(self) -> dict[str, str]:
        """The last value of each parameter."""
        return dict(parse_qsl(urlsplit(self.target).query, keep_blank_values=True))

    @cached_property
    def repeated(self) -> dict[str, list[str]]:
        """Every value of each parameter: exec repeats `command`."""
        found: dict[str, list[str]] = {}
        for key, value in parse_qsl(urlsplit(self.target).query, keep_blank_values=True):
            found.setdefault(key, []).append(value)
        return found

    @cached_property
    def _lowered(self) -> dict[str, str]:
        return {key.lower(): value for key, value in self.headers.items()}

    def header(self, name: str) -> str:
        """Its value, or "" when it is missing."""
        return self._lowered.get(name.lower(), "")

    @property
    def content_type(self) -> str:
        return self.header("content-type").partition(";")[0].strip()

    @property
    def accept(self) -> str:
        return self.header("accept")


@dataclass
class Response:
    """`stream` stands for the body where the answer has no end yet."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": JSON})
    stream: Stream | None = None

    @classmethod
    def of(cls, value: Any, status: int = 200, content_type: str = JSON) -> "Response":
        """A JSON answer."""
        return cls(status, orjson.dumps(value), {"Content-Type": content_type})

    @classmethod
    def text(cls, value: str, status: int = 200) -> "Response":
        return cls(status, value.encode(), {"Content-Type": "text/plain"})

    @property
    def json(self) -> Any:
        return orjson.loads(self.body)

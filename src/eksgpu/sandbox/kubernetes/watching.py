"""Bodies that grow: watch events as JSON lines, and followed logs. Each is read without waiting."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import orjson

from eksgpu.engine.clock import Clock
from eksgpu.sandbox.kubernetes.cluster import Cluster
from eksgpu.sandbox.kubernetes.store import Object
from eksgpu.sandbox.kubernetes.types.registry import ResourceType
from eksgpu.sandbox.kubernetes.verbs.watch import Watch

BOOKMARK_SECONDS = 60.0
DEFAULT_TIMEOUT = 1800.0


@dataclass(frozen=True)
class Lasting:
    """How long a watch lasts, and whether it wants bookmarks. Wall time: clients wait for it, whatever the speed.

    initial: it begins with all objects that are there, and a bookmark says where those end.
    """

    clock: Clock
    timeout: float = DEFAULT_TIMEOUT
    bookmarks: bool = False
    initial: bool = False

    def now(self) -> float:
        return self.clock.now().timestamp()


class WatchStream:
    """Events as lines. `render` makes the object of an event: the object itself, or a table with one row."""

    def __init__(
        self, cluster: Cluster, kind: ResourceType, watch: Watch, lasting: Lasting, render: Callable[[Object], Any]
    ) -> None:
        self._cluster = cluster
        self._kind = kind
        self._watch = watch
        self._lasting = lasting
        self._render = render
        self._ends = lasting.now() + lasting.timeout
        self._bookmarked = lasting.now()
        self._beginning = lasting.initial
        self._closed = False

    @property
    def notify(self) -> Callable[[], None] | None:
        return self._watch.notify

    @notify.setter
    def notify(self, wake: Callable[[], None] | None) -> None:
        self._watch.notify = wake

    def read(self) -> bytes | None:
        lines = [_line(kind, self._render(found)) for kind, found in self._watch.poll()]
        if self._beginning:
            self._beginning = False
            lines.append(_line("BOOKMARK", self._bookmark({"k8s.io/initial-events-end": "true"})))
        now = self._lasting.now()
        if self._closed or (now >= self._ends and not lines):
            self.close()
            return None
        if self._lasting.bookmarks and now - self._bookmarked >= BOOKMARK_SECONDS:
            self._bookmarked = now
            lines.append(_line("BOOKMARK", self._bookmark({})))
        return b"".join(lines)

    def close(self) -> None:
        self._closed = True
        self._watch.close()

    def _bookmark(self, annotations: dict[str, str]) -> Object:
        meta: dict[str, Any] = {"resourceVersion": str(self._cluster.store.revision)}
        if annotations:
            meta["annotations"] = annotations
        return {"kind": self._kind.kind, "apiVersion": self._kind.api_version, "metadata": meta}


class Once:
    """A stream of one answer: what a watch gives that cannot begin."""

    def __init__(self, body: bytes) -> None:
        self.notify: Callable[[], None] | None = None
        self._body: bytes | None = body

    def read(self) -> bytes | None:
        body, self._body = self._body, None
        return body

    def close(self) -> None:
        self._body = None


def error_event(status: Any) -> bytes:
    """A Status object as the last event of a watch."""
    return _line("ERROR", status)


def _line(kind: str, found: Any) -> bytes:
    return orjson.dumps({"type": kind, "object": found}) + b"\n"

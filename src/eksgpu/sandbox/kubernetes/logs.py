"""What containers printed: lines by pod and container, appended by kubelets and read by `kubectl logs`.

Knows nothing of pods but their uids.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Line:
    """One line, without its newline."""

    at: datetime | None
    text: str


@dataclass
class LogBook:
    """`listeners` are called after each line."""

    listeners: list[Callable[[], None]] = field(default_factory=list)
    _lines: dict[tuple[str, str, bool], list[Line]] = field(default_factory=dict)

    def append(self, pod_uid: str, container: str, text: str, at: datetime | None = None) -> None:
        """Add output; several lines in one text are taken apart."""
        held = self._lines.setdefault((pod_uid, container, False), [])
        held.extend(Line(at, line) for line in text.splitlines())
        for listener in list(self.listeners):
            listener()

    def restart(self, pod_uid: str, container: str) -> None:
        """The container starts anew: what it printed is now its previous log."""
        self._lines[pod_uid, container, True] = self._lines.pop((pod_uid, container, False), [])

    def lines(self, pod_uid: str, container: str, *, previous: bool = False) -> list[Line]:
        return self._lines.get((pod_uid, container, previous), [])

    def forget(self, pod_uid: str) -> None:
        """The pod is gone."""
        for key in [key for key in self._lines if key[0] == pod_uid]:
            del self._lines[key]

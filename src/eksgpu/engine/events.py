"""Events: what happens while a plan is carried out, one frozen record each. Progress views read nothing else."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class Happened(StrEnum):
    """What an event tells."""

    STARTED = "started"
    WAITING = "waiting"  # asked for; not ready or not gone yet
    RETRYING = "retrying"  # refused for now: throttled, or something else must settle first
    ADOPTED = "adopted"  # an answer was lost, and the object was found
    DONE = "done"
    FAILED = "failed"
    BLOCKED = "blocked"  # not tried: something it needs failed
    NOTE = "note"


@dataclass(frozen=True)
class Event:
    """One thing that happened.

    at:      seconds of the run's clock since the run began.
    elapsed: seconds since this step began.
    detail:  the API's words, or what it waits for.
    """

    happened: Happened
    action: str
    kind: str
    name: str
    at: float
    elapsed: float = 0.0
    id: str = ""
    detail: str = ""

    @property
    def identity(self) -> str:
        return f"{self.kind}/{self.name}"

    def as_json(self) -> dict[str, Any]:
        """As one JSON object of `--events`."""
        return {key: value for key, value in asdict(self).items() if value not in ("", None)}


Listener = Callable[[Event], None]


def ignore(_: Event) -> None:
    """The listener of a run that nobody watches."""

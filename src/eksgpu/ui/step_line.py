"""One event as one line, the same words in the live view and in plain logs."""

from eksgpu.engine.events import Event, Happened

from .look import Look, Style
from .words import clock, span

_SYMBOLS = {"create": "+", "update": "~", "replace": "-/+", "delete": "-"}
_DOING = {"create": "creating", "update": "updating", "replace": "replacing", "delete": "deleting"}
_PAST = {"create": "created", "update": "updated", "replace": "replaced", "delete": "deleted"}


def step_line(event: Event, look: Look, *, progress: str = "", blocked: str = "") -> str:
    """`[3:07]   + vpc/main: created in 2 s (vpc-0abc)`; `progress` and `blocked` are put in where they fit."""
    symbol = _SYMBOLS.get(event.action, "")
    return f"[{clock(event.at):>5}] {symbol:>3} {event.identity}: {_words(event, look, progress, blocked)}"


def doing(action: str) -> str:
    """`creating`."""
    return _DOING.get(action, action)


def _words(event: Event, look: Look, progress: str, blocked: str) -> str:
    detail = f": {event.detail.removeprefix(f'{event.identity}: ')}" if event.detail else ""
    match event.happened:
        case Happened.STARTED:
            return doing(event.action)
        case Happened.DONE:
            # An ARN says nothing that the name does not, and takes two lines; in a cluster the name is all there is.
            telling = event.id and not event.id.startswith("arn:") and event.id != event.identity
            about = f" ({event.id})" if telling else ""
            past = look.paint(_PAST.get(event.action, "done"), Style.GREEN)
            return f"{past} in {span(event.elapsed)}{about}{progress}"
        case Happened.FAILED:
            return look.paint(f"failed after {span(event.elapsed)}", Style.RED) + detail
        case Happened.BLOCKED:
            return "not tried, something it needs failed"
        case Happened.ADOPTED:
            return f"found {event.id}{detail}"
        case Happened.NOTE:
            return event.detail
        case _:
            return f"still {doing(event.action)} after {span(event.elapsed)}{blocked}{detail}"

"""Do all places say what the plan says? Each that does not is named, with what it makes go wrong."""

from dataclasses import dataclass

from .places import PLACES
from .plan import SharingPlan
from .seen import Seen
from .wish import Kind


@dataclass(frozen=True, slots=True)
class Disagreement:
    """`place`: the name of one of PLACES; `message`: what it says and costs."""

    place: str
    message: str


def disagreements(plan: SharingPlan, kind: Kind, seen: Seen) -> tuple[Disagreement, ...]:
    """Everything that says something else; empty when all agree."""
    return tuple(Disagreement(place.name, message) for place in PLACES for message in place.judge(plan, kind, seen))

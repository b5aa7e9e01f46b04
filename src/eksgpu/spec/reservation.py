"""`reservations`: which capacity reservations a pool may use."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from eksgpu.spec.base import Fault, SpecModel
from eksgpu.spec.fields import AnySpelling
from eksgpu.spec.metadata import AccountId
from eksgpu.spec.names import Tags, matching

ReservationId = Annotated[
    str, matching(r"cr-[0-9a-f]{8,17}", "it is no reservation id", "an id looks like cr-0a1b2c3d4e5f67890")
]


class Reservation(SpecModel):
    """On-demand capacity reservations or capacity blocks, by id or by what they carry."""

    id: ReservationId | None = None
    """One reservation by its id."""
    tags: Tags = Field(default_factory=dict)
    """All reservations with these tags."""
    owner_id: AccountId | None = None
    """Only those of this account."""
    instance_match_criteria: Annotated[Literal["open", "targeted"], AnySpelling()] | None = None
    """Only open ones, or only targeted ones."""

    def faults(self) -> Iterator[Fault]:
        others = self.tags or self.owner_id or self.instance_match_criteria
        if self.id and others:
            yield Fault(("id",), "an id already says which one it is", "give the id alone, or leave it out")
        if not self.id and not others:
            yield Fault((), "it says nothing about which reservations are meant", "add id: or tags:")

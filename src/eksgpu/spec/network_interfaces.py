"""`networkInterfaces` and `placementGroup`: where in EC2's network the nodes of a pool stand."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from eksgpu.spec.base import Fault, SpecModel
from eksgpu.spec.fields import AnySpelling


class NetworkInterface(SpecModel):
    """One network interface of every node."""

    network_card_index: Annotated[int, Field(ge=0)]
    """The network card."""
    device_index: Annotated[int, Field(ge=0)]
    """The place on the card."""
    interface_type: Annotated[Literal["interface", "efa-only"], AnySpelling()]
    """An ordinary interface, or one for EFA alone, which takes no address of the subnet."""


class PlacementGroup(SpecModel):
    """A placement group that exists already, by id or by name."""

    id: str | None = None
    """Its id, pg-…"""
    name: str | None = None
    """Its name."""

    def faults(self) -> Iterator[Fault]:
        if bool(self.id) == bool(self.name):
            yield Fault((), "exactly one of id and name says which group", "give one of them")

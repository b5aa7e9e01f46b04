"""From-to values, both ends included, of a pool's selection."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from eksgpu.spec.base import Fault, SpecModel
from eksgpu.spec.fields import Size


class Range(SpecModel):
    """At least and at most, both included."""

    min: Annotated[int, Field(ge=0)] | None = None
    """At least."""
    max: Annotated[int, Field(ge=0)] | None = None
    """At most."""

    def __contains__(self, value: int) -> bool:
        return (self.min is None or value >= self.min) and (self.max is None or value <= self.max)

    def faults(self) -> Iterator[Fault]:
        if self.min is not None and self.max is not None and self.min > self.max:
            yield Fault(("min",), f"min {self.min} is more than max {self.max}")


class MemoryRange(SpecModel):
    """Memory of a node, both ends included."""

    min: Size | None = None
    """At least."""
    max: Size | None = None
    """At most."""

    def __contains__(self, mib: int) -> bool:
        return (self.min is None or mib * 2**20 >= self.min.count) and (
            self.max is None or mib * 2**20 <= self.max.count
        )

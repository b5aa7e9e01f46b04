"""`requirements`: Karpenter's own way to choose instance types, for what has no field of ours."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from eksgpu.spec.base import Fault, SpecModel
from eksgpu.spec.fields import AnySpelling


class Requirement(SpecModel):
    """One of Karpenter's requirements, written as Karpenter writes it."""

    key: str
    """A node label."""
    operator: Annotated[Literal["In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt", "Gte", "Lte"], AnySpelling()]
    """How the label's value is compared."""
    values: tuple[str, ...] = ()
    """The values to compare with."""
    min_values: Annotated[int, Field(ge=1, le=50)] | None = None
    """How many different values must stay possible."""

    def faults(self) -> Iterator[Fault]:
        given = len(self.values)
        if self.operator in ("In", "NotIn") and not given:
            yield Fault(("operator",), f"{self.operator} needs values")
        if self.operator in ("Exists", "DoesNotExist") and given:
            yield Fault(("values",), f"{self.operator} takes no values")
        if self.operator in ("Gt", "Lt", "Gte", "Lte") and not (given == 1 and self.values[0].isdigit()):
            yield Fault(("values",), f"{self.operator} takes one whole number, in quotes")

"""`disruption`: when Karpenter may take a node away, and how many at a time."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field, PlainSerializer, PlainValidator, WithJsonSchema

from eksgpu.spec.base import Fault, SpecModel
from eksgpu.spec.fields import AnySpelling, Span, read_duration
from eksgpu.spec.names import matching
from eksgpu.units import Duration

NodeCount = Annotated[
    str,
    Field(json_schema_extra={"pattern": r"^\d+%?$"}),
    matching(r"\d+|100%|\d{1,2}%", "it is no number of nodes", 'write "1" or "10%", in quotes'),
]
Expiry = Annotated[
    Duration | Literal["Never"],
    PlainValidator(lambda value: value if value == "Never" else read_duration(value)),
    PlainSerializer(str),
    WithJsonSchema({"type": "string", "examples": ["720h", "Never"]}),
]


class Budget(SpecModel):
    """How many nodes of the pool may be disrupted at a time."""

    nodes: NodeCount = "10%"
    """A number or a share of the pool's nodes; "0" forbids it."""
    schedule: str | None = None
    """When the budget begins to hold, as a cron line or @daily, in UTC; always when unset."""
    duration: Span | None = None
    """For how long after `schedule` it holds."""
    reasons: tuple[Annotated[Literal["Underutilized", "Empty", "Drifted"], AnySpelling()], ...] = ()
    """For these reasons only; for all when unset."""

    def faults(self) -> Iterator[Fault]:
        if (self.schedule is None) != (self.duration is None):
            yield Fault((), "schedule and duration go together", "give both, or neither")


class Disruption(SpecModel):
    """When Karpenter may take a node away."""

    consolidation_policy: Annotated[Literal["WhenEmpty", "WhenEmptyOrUnderutilized", "Balanced"], AnySpelling()] = (
        "WhenEmptyOrUnderutilized"
    )
    """Only empty nodes, or also nodes whose pods fit elsewhere."""
    consolidate_after: Span = Duration(30)
    """How long a node must be so before it goes."""
    budgets: tuple[Budget, ...] = ()
    """How many at a time; a tenth of the pool when unset."""

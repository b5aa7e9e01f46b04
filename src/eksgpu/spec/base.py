"""The base of every model in the spec: frozen, camelCase in the file, no unknown keys, and rules that point at a key.

A rule yields `Fault`s whose path leads from its own model to the key at fault; pydantic joins the paths, and `faults`
turns the whole into file:line:column. So a rule stands beside the fields that it is about.
"""

from collections.abc import Iterator
from typing import NamedTuple, Self

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator
from pydantic.alias_generators import to_camel
from pydantic_core import InitErrorDetails, PydanticCustomError

FAULT = "eksgpu"
"""pydantic's error type of everything that our own rules refuse."""


class Fault(NamedTuple):
    """Something that a rule refuses: where (below the model that has the rule), why, what to do."""

    path: tuple[str | int, ...]
    message: str
    hint: str | None = None


def refusal(message: str, hint: str | None = None) -> PydanticCustomError:
    """The exception that a field's validator raises."""
    return PydanticCustomError(FAULT, "{message}", {"message": message, "hint": hint})


class SpecModel(BaseModel):
    """A mapping of the spec."""

    model_config = ConfigDict(
        frozen=True,
        defer_build=True,
        extra="forbid",
        alias_generator=to_camel,
        validate_by_alias=True,
        validate_by_name=True,
        serialize_by_alias=True,
    )

    def faults(self) -> Iterator[Fault]:
        """What is wrong between the fields; called once all of them are right by themselves."""
        yield from ()

    @model_validator(mode="after")
    def _refuse_faults(self) -> Self:
        found = [
            InitErrorDetails(type=refusal(fault.message, fault.hint), loc=fault.path, input=None)
            for fault in self.faults()
        ]
        if found:
            raise ValidationError.from_exception_data(type(self).__name__, found)
        return self

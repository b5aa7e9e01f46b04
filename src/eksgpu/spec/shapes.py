"""Values that may be written in more than one shape: a word, a number, a switch, a list or a mapping.

pydantic picks the branch by the shape alone, so that a fault is told once, about the branch that was meant.
"""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, Discriminator

WORD, NUMBER, SWITCH, LIST, MAPPING = "<word>", "<number>", "<switch>", "<list>", "<mapping>"
"""Tags of the branches; no key of a spec looks like them."""


def by_shape(expected: str) -> Discriminator:
    """Chooses among branches that carry the tags above; `expected` ends the sentence for a value of no such shape."""
    return Discriminator(_shape, custom_error_type="shape", custom_error_message=f"it must be {expected}")


def _shape(value: Any) -> str | None:
    if isinstance(value, str):
        return WORD
    if isinstance(value, bool):
        return SWITCH
    if isinstance(value, int):
        return NUMBER
    if isinstance(value, list | tuple):
        return LIST
    return MAPPING if isinstance(value, Mapping | BaseModel) else None

"""Why GPUs cannot be shared as wished. Every reason, not only the first."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Refusal:
    """`rule` is a stable name; `field` the key of the `sharing` stanza at fault, "" for the whole of it."""

    rule: str
    field: str
    message: str
    hint: str

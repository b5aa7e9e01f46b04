"""References: how one wanted object speaks of another that may not exist yet.

A `Ref` may stand at any depth of a JSON-like tree (dict, list, tuple, frozenset). From Refs come the edges of the
graph, "(known after apply)" in a plan, the values at apply, and the expressions of an export.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, order=True)
class Ref:
    """An output of another resource: `Ref("vpc/main")` is its physical id, `Ref("role/node", "arn")` its ARN."""

    target: str
    output: str = "id"

    def __str__(self) -> str:
        return f"{self.target}.{self.output}"


@dataclass(frozen=True)
class Text:
    """Text with Refs inside, joined when they are known (policies, user data, ARNs)."""

    parts: tuple["str | Ref", ...]

    def __init__(self, *parts: "str | Ref") -> None:
        object.__setattr__(self, "parts", parts)


@dataclass(frozen=True)
class Chosen:
    """A value the tool picked (newest version, AMI release): used at create, ignored by the diff later.

    quiet: another value today is not worth a note.
    """

    value: Any
    quiet: bool = False


@dataclass(frozen=True)
class Unknown:
    """The value of a Ref whose target does not exist yet; equal to nothing that lives."""

    ref: Ref

    def __str__(self) -> str:
        return "(known after apply)"


def refs_in(tree: Any) -> Iterator[Ref]:
    """Every Ref anywhere in `tree`, in order, repeats included."""
    match tree:
        case Ref():
            yield tree
        case Text():
            yield from (part for part in tree.parts if isinstance(part, Ref))
        case Chosen():
            yield from refs_in(tree.value)
        case Mapping():
            for value in tree.values():
                yield from refs_in(value)
        case list() | tuple() | frozenset():
            for value in tree:
                yield from refs_in(value)


def resolve(tree: Any, lookup: Callable[[Ref], Any]) -> Any:
    """`tree` with every Ref replaced by `lookup(ref)`, Text joined and Chosen unwrapped; containers keep their type.

    A Text with an unknown part becomes that Unknown.
    """
    match tree:
        case Ref():
            return lookup(tree)
        case Text():
            values = [lookup(part) if isinstance(part, Ref) else part for part in tree.parts]
            unknown = next((value for value in values if isinstance(value, Unknown)), None)
            return unknown if unknown is not None else "".join(str(value) for value in values)
        case Chosen():
            return resolve(tree.value, lookup)
        case Mapping():
            return {key: resolve(value, lookup) for key, value in tree.items()}
        case list():
            return [resolve(value, lookup) for value in tree]
        case tuple():
            return tuple(resolve(value, lookup) for value in tree)
        case frozenset():
            return frozenset(resolve(value, lookup) for value in tree)
        case _:
            return tree


def has_unknown(tree: Any) -> bool:
    """Whether an Unknown stands anywhere in a resolved tree."""
    match tree:
        case Unknown():
            return True
        case Mapping():
            return any(has_unknown(value) for value in tree.values())
        case list() | tuple() | frozenset():
            return any(has_unknown(value) for value in tree)
        case _:
            return False

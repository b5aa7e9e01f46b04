"""Reads one YAML document into plain values, and remembers where each key and value stands.

A plain tree is what the models validate; the places are what errors point at. Duplicate keys are faults here, because
YAML parsers keep the last one in silence. It knows nothing of what the keys mean.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, StringMark
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

from eksgpu.errors import SpecError

Path = tuple[str | int, ...]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Place:
    """A line and a column, both from 1."""

    line: int
    column: int


@dataclass(slots=True)
class Document:
    """The plain tree of one document, with the places of its keys and values."""

    name: str
    """What errors call the file."""
    tree: Any = None
    keys: dict[Path, Place] = field(default_factory=dict)
    values: dict[Path, Place] = field(default_factory=dict)
    texts: dict[Path, str] = field(default_factory=dict)
    """Scalars as they were written: `1.30` where the tree has 1.3."""
    faults: list[SpecError] = field(default_factory=list)

    def fault(self, message: str, place: Place | None, hint: str | None = None) -> SpecError:
        """An error at a place of this document."""
        line, column = (place.line, place.column) if place else (0, 0)
        return SpecError(message, file=self.name, line=line, column=column, hint=hint)


def without_item(table: dict[Path, T], path: Path) -> dict[Path, T]:
    """A table by path after a list has lost the item at `path`: what stood behind it moves up by one."""
    holder, gone = path[:-1], path[-1]
    kept: dict[Path, T] = {}
    for key, value in table.items():
        position = key[len(holder)] if key[: len(holder)] == holder and len(key) > len(holder) else None
        if not isinstance(position, int) or not isinstance(gone, int) or position < gone:
            kept[key] = value
        elif position > gone:
            kept[(*holder, position - 1, *key[len(path) :])] = value
    return kept


def parse(text: str, name: str) -> Document:
    """The one document in a YAML text. SpecError for bad syntax, an empty text or a second document."""
    document = Document(name)
    roots = list(_compose(text, document))
    if not roots or _kind(roots[0]) == "null":
        raise document.fault("the file is empty", Place(1, 1), "eksgpu init writes an example to begin with")
    if len(roots) > 1:
        raise document.fault("a second document begins here; a spec is one document", _place(roots[1]), "remove it")
    document.tree = _Walk(document).value(roots[0], ())
    return document


def _compose(text: str, document: Document) -> Iterator[Node]:
    try:
        yield from YAML(typ="safe", pure=True).compose_all(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        tab = "'\\t'" in str(error.problem)
        hint = "indent with spaces" if tab else "look at quotes, brackets and indentation here and in the line before"
        raise document.fault(f"this is not valid YAML: {error.problem}", _marked(mark), hint) from error
    except RecursionError as error:
        raise document.fault("it is nested too deeply", Place(1, 1)) from error
    except ReaderError as error:
        before = text[: error.position]
        place = Place(before.count("\n") + 1, len(before) - before.rfind("\n"))
        raise document.fault("YAML allows no control characters", place) from error


class _Walk:
    """Turns YAML nodes into plain values. Anchors are followed; one that holds itself is a fault."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._open: list[Node] = []

    def value(self, node: Node, path: Path) -> Any:
        if any(node is outer for outer in self._open):
            raise self._document.fault("this anchor contains itself", _place(node))
        self._document.values[path] = _place(node)
        self._open.append(node)
        try:
            if isinstance(node, MappingNode):
                return self._mapping(node, path)
            if isinstance(node, SequenceNode):
                return [self.value(item, (*path, position)) for position, item in enumerate(node.value)]
            return self._scalar(node, path)
        finally:
            self._open.pop()

    def _mapping(self, node: MappingNode, path: Path) -> dict[str, Any]:
        merged: dict[str, Any] = {}
        own: dict[str, Any] = {}
        for key, value in node.value:
            if _kind(key) == "merge":
                merged = self._merge(value, path) | merged
                continue
            name = str(key.value)
            if not isinstance(key, ScalarNode):
                raise self._document.fault("a key must be a word", _place(key))
            if name in own:
                first = self._document.keys[(*path, name)].line
                fault = self._document.fault(
                    f'key "{name}" is given twice', _place(key), f"the first is in line {first}"
                )
                self._document.faults.append(fault)
                continue
            own[name] = self.value(value, (*path, name))
            self._document.keys[(*path, name)] = _place(key)
        return merged | own

    def _merge(self, node: Node, path: Path) -> dict[str, Any]:
        if isinstance(node, SequenceNode):
            return {key: value for item in reversed(node.value) for key, value in self._merge(item, path).items()}
        if not isinstance(node, MappingNode):
            raise self._document.fault("<< takes a mapping", _place(node))
        return self._mapping(node, path)

    def _scalar(self, node: Node, path: Path) -> Any:
        text: str = node.value
        self._document.texts[path] = text
        kind = _kind(node)
        if kind == "null":
            return None
        if kind == "bool":
            return text.lower() == "true"
        if kind not in ("int", "float"):
            return text
        try:
            return _number(kind, text.replace("_", "").lower())
        except ValueError as error:
            raise self._document.fault(f'"{text}" is not a finite number', _place(node)) from error


def _number(kind: str, text: str) -> int | float:
    if kind == "float":
        number = float(text)
        if not math.isfinite(number):
            raise ValueError(text)
        return number
    return int(text) if text.lstrip("+-").isdecimal() else int(text, 0)


def _kind(node: Node) -> str:
    """`int` of YAML's tag `tag:yaml.org,2002:int`."""
    return str(node.tag).rpartition(":")[2]


def _place(node: Node) -> Place:
    return _marked(node.start_mark) or Place(1, 1)


def _marked(mark: StringMark | None) -> Place | None:
    return Place(mark.line + 1, mark.column + 1) if mark else None

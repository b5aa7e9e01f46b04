"""Tells what is wrong with a spec: turns pydantic's errors into sentences at file:line:column, with a hint.

Our own rules bring their sentences along; here are those for shapes: unknown and missing keys, wrong types, limits.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from eksgpu.errors import SpecError
from eksgpu.spec import keys
from eksgpu.spec.base import FAULT
from eksgpu.spec.document import Document, Path, Place
from eksgpu.spec.fields import alternatives, did_you_mean, spoken
from eksgpu.spec.overrides import Override

_SILENT = "default_factory_not_called"
"""A default that waits for another field of its model, which has an error of its own."""
_MAPPING = ("a mapping", "write its keys in lines below it, indented, or in braces")
_WANTED = {
    "string_type": ("a string", "write one word, or a text in quotes"),
    "int_type": ("a whole number", "write it in digits, without quotes"),
    "int_from_float": ("a whole number", "write it without a fraction"),
    "bool_type": ("true or false", "write one of them, without quotes"),
    "tuple_type": ("a list", 'write its items in brackets, or below it, each in a line that begins with "- "'),
    "mapping_type": _MAPPING,
    "dict_type": _MAPPING,
    "model_type": _MAPPING,
    "model_attributes_type": _MAPPING,
}

_SPELLED_OUT = {"yes": "write true", "on": "write true", "no": "write false", "off": "write false"}
_LIMITS = {"ge": "at least", "le": "at most"}


class Teller:
    """Knows where every path of the tree was written: in the file, or in a `--set`."""

    def __init__(self, document: Document, overrides: Mapping[Path, Override]) -> None:
        self._document = document
        self._overrides = overrides
        self._empty = [path for path in _empty(document.tree, ()) if keys.known(path)]

    def empties(self) -> Iterator[SpecError]:
        """Keys without a value, which YAML reads as null and people do not mean."""
        for path in self._empty:
            hint = f"write {path[-1]}: {{}}" if keys.keys_at(path) else "give it a value, or remove the line"
            yield self._error(path, "it has no value", hint, at_key=True)

    def meant_as_text(self, error: ValidationError) -> list[Path]:
        """Where a `--set` gave a number for a string: in a shell `version=1.35` needs no quotes of YAML's."""
        numbers = (details for details in error.errors() if details["type"] == "string_type" and _is_number(details))
        wanted = [self._real_path(details["loc"]) for details in numbers]
        return [path for path, rest in wanted if not rest and path in self._overrides]

    def tell(self, error: ValidationError) -> Iterator[SpecError]:
        """Every fault that pydantic found, but for empty values, which are of a wrong type, too."""
        for details in error.errors(include_url=False):
            path, rest = self._real_path(details["loc"])
            if details["type"] != _SILENT and (rest or path not in self._empty):
                yield self._told(details, path, rest)

    def _told(self, details: ErrorDetails, path: Path, rest: Path) -> SpecError:
        kind, context = details["type"], details.get("ctx", {})
        if kind == FAULT:
            return self._error(path, details["msg"], context.get("hint"))
        if kind == "missing":
            return self._error(path, f'"{rest[-1]}" is missing', _the_only((*path, *rest)))
        if kind == "extra_forbidden":
            return self._unknown_key(path)
        return self._error(path, *self._wrong_value(path, details))

    def _unknown_key(self, path: Path) -> SpecError:
        holder, key = path[:-1], str(path[-1])
        possible = keys.keys_at(holder)
        hint = did_you_mean(key, possible)
        elsewhere = keys.homes(key)
        if not hint and elsewhere:
            hint = f"it belongs in {alternatives(elsewhere[:3])}"
        hint = hint or f"keys here: {', '.join(possible)}"
        return self._error(path, f'unknown key "{key}"', hint, at_key=True, subject=holder)

    def _wrong_value(self, path: Path, details: ErrorDetails) -> tuple[str, str | None]:
        kind, context, value = details["type"], details.get("ctx", {}), details["input"]
        written = self._document.texts.get(path)
        if kind in _WANTED:
            wanted, hint = _WANTED[kind]
            if kind == "string_type" and isinstance(value, int | float):
                hint = f'write "{written}", in quotes'
            return f"{spoken(value)} must be {wanted}", _SPELLED_OUT.get(str(value).lower(), hint)
        if kind == "literal_error":
            choices = str(context["expected"])
            return f"{spoken(value)} must be {choices}", _the_only(path)
        if kind == "shape":
            return f"{spoken(value)} is not possible: {details['msg']}", None
        for name, words in _LIMITS.items():
            if name in context:
                return f"{spoken(value)} must be {words} {context[name]}", None
        return f"{spoken(value)}: {details['msg']}", None

    def _real_path(self, loc: tuple[str | int, ...]) -> tuple[Path, Path]:
        """The part of pydantic's location that is in the tree (it also names branches of unions), and the rest."""
        path: Path = ()
        node: Any = self._document.tree
        for position, part in enumerate(loc):
            if part in _keys(node):
                node, path = node[part], (*path, part)
            elif not str(part).startswith("<"):
                return path, loc[position:]
        return path, ()

    def _error(
        self, path: Path, message: str, hint: str | None, *, at_key: bool = False, subject: Path | None = None
    ) -> SpecError:
        """An error where the path was written; `subject` is what the sentence is about, if not the path itself."""
        spelled = self._spelled(path if subject is None else subject)
        text = f"{spelled}: {message}" if spelled else message
        for length in range(len(path), 0, -1):
            if path[:length] in self._overrides:
                return self._overrides[path[:length]].fault(text, hint)
        return self._document.fault(text, self._place(path, at_key), hint)

    def _place(self, path: Path, at_key: bool) -> Place | None:
        """The place of the key or of the value; of the nearest holder that the file has, if it has none."""
        places = self._document.keys if at_key else self._document.values
        return next((places[path[:length]] for length in range(len(path), -1, -1) if path[:length] in places), None)

    def _spelled(self, path: Path) -> str:
        """`spec.nodePools[p5-gpu-h100].gpu`: as `--set` takes it."""
        text = ""
        node: Any = self._document.tree
        for part in path:
            node = node[part] if part in _keys(node) else None
            if isinstance(part, int):
                name = node.get("name") if isinstance(node, dict) else None
                text += f"[{name if isinstance(name, str) else part}]"
            elif "." in part or "/" in part:
                text += f'["{part}"]'
            else:
                text += f".{part}" if text else part
        return text


def _is_number(details: ErrorDetails) -> bool:
    return isinstance(details["input"], int | float) and not isinstance(details["input"], bool)


def _the_only(path: Path) -> str | None:
    """How to write a key that has one possible value."""
    value = keys.only_value(path)
    return f"write {path[-1]}: {value}" if value else None


def _keys(node: Any) -> Collection[str | int]:
    if isinstance(node, dict):
        return node.keys()
    return range(len(node)) if isinstance(node, list) else ()


def _empty(node: Any, path: Path) -> Iterator[Path]:
    if node is None:
        yield path
    for key in _keys(node):
        yield from _empty(node[key], (*path, key))

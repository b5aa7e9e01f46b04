"""Values that a field may have beside being of its type, as `limits.yaml` lists them: words, numbers, names."""

import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any

from ruamel.yaml import YAML

from eksgpu.sandbox.kubernetes.failure import Cause, cause
from eksgpu.sandbox.kubernetes.types.schema import Type

Limit = dict[str, Any]
_UNCHECKED = ("apiVersion", "kind", "metadata", "status")
_SHAPES = {
    "label": (
        re.compile(r"(?=.{1,63}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?"),
        "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-'",
    ),
    "port": (
        re.compile(r"(?=.{1,15}$)(?=.*[a-z])[a-z0-9]+(-[a-z0-9]+)*"),
        "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)",
    ),
}


def broken(found: dict[str, Any], kind: Type) -> Iterator[Cause]:
    """A cause for each value that is none of the allowed ones."""
    yield from _own(found, kind, "")
    for key, value in found.items():
        if key not in _UNCHECKED:
            yield from _inside(value, kind.field(key), key)


def _inside(value: Any, kind: Type, path: str) -> Iterator[Cause]:
    if isinstance(value, dict):
        yield from _own(value, kind, f"{path}.")
        for key, inner in value.items():
            if isinstance(inner, dict | list):
                yield from _inside(inner, kind.field(key), f"{path}.{key}")
    elif isinstance(value, list):
        for at, inner in enumerate(value):
            yield from _inside(inner, kind.item, f"{path}[{at}]")


def _own(value: dict[str, Any], kind: Type, path: str) -> Iterator[Cause]:
    for name, limit in _table().get(kind.name, {}).items():
        if name in value and (found := _breaks(value[name], limit, f"{path}{name}")):
            yield found


def _breaks(value: Any, limit: Limit, path: str) -> Cause | None:
    if "in" in limit and value not in limit["in"] and value != "":
        named = ", ".join(f'"{word}"' for word in limit["in"])
        return cause(path, "FieldValueNotSupported", f'Unsupported value: "{value}": supported values: {named}')
    if "from" in limit and isinstance(value, int) and not limit["from"] <= value <= limit.get("to", value):
        rule = f"must be greater than or equal to {limit['from']}"
        if "to" in limit:
            rule = f"must be between {limit['from']} and {limit['to']}, inclusive"
        return cause(path, "FieldValueInvalid", f"Invalid value: {value}: {rule}")
    if "shape" in limit and value:
        shape, rule = _SHAPES[limit["shape"]]
        if not shape.fullmatch(str(value)):
            return cause(path, "FieldValueInvalid", f'Invalid value: "{value}": {rule}')
    return None


@cache
def _table() -> dict[str, dict[str, Limit]]:
    text = files("eksgpu.sandbox.data").joinpath("kubernetes/limits.yaml").read_text(encoding="utf-8")
    rows: dict[str, dict[str, Limit]] = YAML(typ="safe").load(text)
    return {f"io.k8s.api.{name}": row for name, row in rows.items()}

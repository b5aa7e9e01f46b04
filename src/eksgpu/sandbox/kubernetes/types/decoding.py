"""Reading an object as Kubernetes reads JSON into a type: unknown fields are found, nulls fall away, types are checked.

The result is a copy, so the caller may change it; quantities in it have their canonical spelling.
"""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from eksgpu.sandbox.kubernetes.types.quantity import canonical
from eksgpu.sandbox.kubernetes.types.schema import QUANTITY, Type

_GO_NAMES = {"integer": "int64", "number": "float64", "boolean": "bool", "string": "string"}
_PYTHON: dict[str, type | tuple[type, ...]] = {"string": str, "boolean": bool, "array": list, "object": dict}


@dataclass(frozen=True)
class Mismatch(Exception):
    """A value of the wrong type. `path` is dotted, `wanted` the type's JSON name, `found` that of the value."""

    path: str
    wanted: str
    found: str
    detail: str = ""

    @property
    def go_text(self) -> str:
        """As Go's decoder says it."""
        if self.detail:
            return self.detail
        wanted = _GO_NAMES.get(self.wanted, "[]interface {}" if self.wanted == "array" else "map[string]interface {}")
        place = self.path.strip(".")
        return f"json: cannot unmarshal {self.found} into Go struct field {place} of type {wanted}"

    @property
    def apply_text(self) -> str:
        """As a typed patch says it."""
        wanted = {"integer": "numeric (int or float)", "number": "numeric (int or float)", "array": "list",
                  "object": "map"}.get(self.wanted, self.wanted)  # fmt: skip
        return f".{self.path}: {self.detail or f'expected {wanted}, got {self.found}'}"


@dataclass
class Decoded:
    """`unknown` are the dotted paths of fields that the type does not have; they are not in `value`."""

    value: dict[str, Any] = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)


def decode_object(raw: dict[str, Any], kind: Type, known: Mapping[str, Any] | None = None) -> Decoded:
    """Fields that are those of `known`, a stored object, are taken as they are. Raises Mismatch for a wrong type."""
    decoded, held = Decoded(), known or {}
    for key, value in raw.items():
        if value is None:
            continue
        if key in ("apiVersion", "kind") or value is held.get(key):
            decoded.value[key] = value
        elif (inner := kind.known(key)) is not None:
            decoded.value[key] = _value(value, inner, key, decoded.unknown)
        else:
            decoded.unknown.append(key)
    return decoded


def _value(value: Any, kind: Type, path: str, unknown: list[str]) -> Any:
    if kind.name == QUANTITY:
        return _quantity(value, path)
    _check(value, kind, path)
    if isinstance(value, dict):
        return _mapping(value, kind, path, unknown)
    if isinstance(value, list):
        item = kind.item
        empty: Any = {} if item.scalar == "object" else None
        rows = [empty if inner is None else inner for inner in value]
        return [_value(inner, item, f"{path}[{at}]", unknown) for at, inner in enumerate(rows)]
    if kind.schema.get("format") == "byte":
        _base64(value, path)
    return value


def _mapping(value: dict[str, Any], kind: Type, path: str, unknown: list[str]) -> dict[str, Any]:
    result = {}
    for key, inner in value.items():
        known = kind.known(key)
        if known is None:
            unknown.append(f"{path}.{key}")
        elif inner is not None:
            result[key] = _value(inner, known, f"{path}.{key}", unknown)
    return result


def _check(value: Any, kind: Type, path: str) -> None:
    wanted = kind.scalar
    if kind.int_or_string:
        if not isinstance(value, int | str) or isinstance(value, bool):
            raise Mismatch(path, "integer", _json_name(value))
        return
    if not wanted or value is None:
        return
    if wanted == "integer":
        fits = (isinstance(value, int) and not isinstance(value, bool)) or (
            isinstance(value, float) and value.is_integer()
        )
    elif wanted == "number":
        fits = isinstance(value, int | float) and not isinstance(value, bool)
    else:
        fits = isinstance(value, _PYTHON[wanted])
    if not fits:
        raise Mismatch(path, wanted, _json_name(value))


def _quantity(value: Any, path: str) -> str:
    if isinstance(value, dict | list):
        raise Mismatch(path, "string", _json_name(value))
    try:
        return canonical(value)
    except ValueError:
        detail = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
        raise Mismatch(path, "string", _json_name(value), detail) from None


def _base64(value: str, path: str) -> None:
    try:
        base64.b64decode(value, validate=True)
    except binascii.Error:
        raise Mismatch(path, "string", "string", "illegal base64 data at input byte 0") from None


def _json_name(value: Any) -> str:
    names = {bool: "bool", int: "number", float: "number", str: "string", list: "array", dict: "object"}
    return names.get(type(value), "null")

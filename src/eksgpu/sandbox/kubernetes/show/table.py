"""Tables: what the server gives `kubectl get` to print, for built-in types and by a CRD's printer columns."""

import re
from datetime import datetime
from typing import Any

from eksgpu.sandbox.kubernetes.show.cells import Column, age, named, simple
from eksgpu.sandbox.kubernetes.show.columns import COLUMNS
from eksgpu.sandbox.kubernetes.store import Object
from eksgpu.sandbox.kubernetes.types.registry import ResourceType

ACCEPT = "as=Table"
_FILTER = re.compile(r"""\?\(@\.([\w.-]+)\s*==\s*["'](.*?)["']\)""")
_STEP = re.compile(r"""\.([\w/-]+(?:\\\.[\w/-]+)*)|\[(\?\(.*?\)|\d+|\*|'[^']*'|"[^"]*")\]""")


def table(kind: ResourceType, found: list[Object], now: datetime, meta: dict[str, Any], *, whole: bool = False) -> Any:
    """A Table. Rows carry the object's metadata, or the `whole` object when the client asks for it."""
    columns = _columns(kind)
    return {
        "kind": "Table",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": meta,
        "columnDefinitions": [
            {"name": column.name, "type": column.type, "format": column.format, "description": "",
             "priority": column.priority}
            for column in columns
        ],
        "rows": [
            {"cells": [column.cell(row, now) for column in columns], "object": row if whole else _partial(row)}
            for row in found
        ],
    }  # fmt: skip


def _columns(kind: ResourceType) -> tuple[Column, ...]:
    if not kind.custom:
        return COLUMNS.get(kind.qualified, simple())
    if not kind.columns:
        return simple()
    return (named(), *(_printer(column) for column in kind.columns))


def _printer(column: dict[str, Any]) -> Column:
    path, date = column["jsonPath"], column["type"] == "date"

    def cell(row: Object, now: datetime) -> Any:
        value = _at(row, path)
        if date:
            return age(value, now) if isinstance(value, str) else "<unknown>"
        return value if value is None or isinstance(value, bool | int | float | str) else str(value)

    kind = "string" if date else column["type"]
    return Column(column["name"], cell, column.get("priority", 0), kind)


def _at(value: Any, path: str) -> Any:
    """The first value at a simple JSONPath: fields, indexes and one equality filter."""
    for field, index in _STEP.findall(path):
        if field:
            value = value.get(field.replace("\\.", ".")) if isinstance(value, dict) else None
        elif index.startswith("?"):
            value = _filtered(value, index)
        elif index[0] in "'\"":
            value = value.get(index[1:-1]) if isinstance(value, dict) else None
        elif isinstance(value, list):
            at = 0 if index == "*" else int(index)
            value = value[at] if at < len(value) else None
        if value is None:
            return None
    return value


def _filtered(value: Any, text: str) -> Any:
    wanted = _FILTER.fullmatch(text)
    if wanted is None or not isinstance(value, list):
        return None
    return next((row for row in value if str(_at(row, f".{wanted[1]}")) == wanted[2]), None)


def _partial(row: Object) -> Object:
    return {"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": row["metadata"]}

"""Fields that a type says must be there. Status is left alone, as a server leaves it."""

from collections.abc import Iterator
from typing import Any

from eksgpu.sandbox.kubernetes.types.schema import Type

_UNCHECKED = ("apiVersion", "kind", "metadata", "status")


def missing(found: dict[str, Any], kind: Type) -> list[str]:
    """The paths of required fields that an object lacks, `spec.template.spec.containers[0].name`."""
    own = [name for name in kind.required if name not in found and name not in _UNCHECKED]
    return own + [
        path
        for key, value in found.items()
        if key not in _UNCHECKED and isinstance(value, dict | list)
        for path in _inside(value, kind.field(key), key)
    ]


def _inside(value: Any, kind: Type, path: str) -> Iterator[str]:
    if isinstance(value, dict):
        for name in kind.required:
            if name not in value:
                yield f"{path}.{name}"
        for key, inner in value.items():
            if isinstance(inner, dict | list):
                yield from _inside(inner, kind.field(key), f"{path}.{key}")
    elif isinstance(value, list):
        for at, inner in enumerate(value):
            yield from _inside(inner, kind.item, f"{path}[{at}]")

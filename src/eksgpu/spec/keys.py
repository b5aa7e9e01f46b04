"""Answers about the shape of the spec: which keys a mapping has, and where a key that stands elsewhere belongs.

Walks the models' annotations, so that nothing about the spec is written down twice. Used only to tell faults.
"""

from collections.abc import Iterator, Mapping
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel

from eksgpu.spec.cluster import GpuCluster
from eksgpu.spec.document import Path


def keys_at(path: Path) -> tuple[str, ...]:
    """The keys that the mapping at a path may have; empty where any key may stand, or none."""
    return tuple(name for model in _models(_at(path)) for name in _fields(model))


def known(path: Path) -> bool:
    """Does the spec say what stands at this path? False inside free-form settings, and below an unknown key."""
    return bool(_at(path))


def only_value(path: Path) -> str | None:
    """The one value that a key can have (`apiVersion`), if there is but one."""
    values = [value for item in _at(path) if get_origin(item) is Literal for value in get_args(item)]
    return str(values[0]) if len(values) == 1 else None


def homes(key: str) -> tuple[str, ...]:
    """Where a key belongs, as dotted paths: `spec.network` for `natGateways`. Lists are written `nodePools[]`."""
    return tuple(dict.fromkeys(_homes(GpuCluster, key, ())))


def _homes(model: type[BaseModel], key: str, path: tuple[str, ...]) -> Iterator[str]:
    for name, annotation in _fields(model).items():
        if name == key:
            yield ".".join(path)
        is_list = any(get_origin(branch) is tuple for branch in _branches(annotation))
        below = (*path, f"{name}[]" if is_list else name)
        for inner in _models([item for branch in _branches(annotation) for item in (branch, *get_args(branch))]):
            yield from _homes(inner, key, below)


def _at(path: Path) -> list[Any]:
    """Every annotation that a path may lead to."""
    found: list[Any] = [GpuCluster]
    for part in path:
        found = [inner for annotation in found for inner in _step(annotation, part)]
    return found


def _step(annotation: Any, part: str | int) -> Iterator[Any]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        inner = _fields(annotation).get(str(part)) or _extra(annotation)
        yield from _branches(inner)
    elif get_origin(annotation) is tuple and isinstance(part, int):
        yield from _branches(get_args(annotation)[0])
    elif get_origin(annotation) is Mapping and isinstance(part, str):
        yield from _branches(get_args(annotation)[1])


def _branches(annotation: Any) -> Iterator[Any]:
    """The alternatives of a union, without their annotations; nothing for Any."""
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from _branches(get_args(annotation)[0])
    elif origin in (Union, UnionType):
        for branch in get_args(annotation):
            yield from _branches(branch)
    elif annotation not in (Any, None, type(None)):
        yield annotation


def _models(annotations: list[Any]) -> list[type[BaseModel]]:
    return [item for item in annotations if isinstance(item, type) and issubclass(item, BaseModel)]


def _fields(model: type[BaseModel]) -> dict[str, Any]:
    return {field.alias or name: field.annotation for name, field in model.model_fields.items()}


def _extra(model: type[BaseModel]) -> Any:
    """What keys of the user's own hold, in a model that takes them."""
    declared = model.__annotations__.get("__pydantic_extra__")
    return get_args(declared)[1] if declared else None

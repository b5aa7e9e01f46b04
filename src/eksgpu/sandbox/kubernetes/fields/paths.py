"""Field paths: every leaf of an object by its place, and the `fieldsV1` notation that managed fields keep them in.

A path is a tuple of elements: `f:name`, `k:{"name":"app"}` for an item of a keyed list, `v:"x"` for one of a set, and
`.` for a container itself.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from eksgpu.sandbox.kubernetes.types.schema import Type

Path = tuple[str, ...]
Tree = dict[str, Any]

# Never owned by anybody: the server sets them.
_UNOWNED_META = (
    "name namespace uid resourceVersion generation creationTimestamp managedFields selfLink deletionTimestamp "
    "deletionGracePeriodSeconds generateName"
)
UNOWNED: frozenset[Path] = frozenset(
    {("f:apiVersion",), ("f:kind",)} | {("f:metadata", f"f:{name}") for name in _UNOWNED_META.split()}
)
_DEFAULT_KEYS = {"protocol": "TCP"}


def leaves(value: Any, kind: Type, *, containers: bool = False) -> dict[Path, Any]:
    """Path → value. With `containers`, maps count as owned too, as after an update; items of keyed lists always do."""
    found: dict[Path, Any] = {}
    for name, inner in value.items():
        if name == "metadata":
            inner = {key: held for key, held in inner.items() if key != "managedFields"}
        _walk(inner, kind.field(name), (f"f:{name}",), containers, found)
    return {path: held for path, held in found.items() if path[:2] not in UNOWNED and path[:1] not in UNOWNED}


def item_key(item: Any, keys: tuple[str, ...]) -> str:
    """The element of an item in a keyed list."""
    if not isinstance(item, dict):
        return "k:{}"
    named = {key: item.get(key, _DEFAULT_KEYS.get(key)) for key in sorted(keys)}
    return "k:" + orjson.dumps({key: value for key, value in named.items() if value is not None}).decode()


def set_key(value: Any) -> str:
    return "v:" + orjson.dumps(value).decode()


def encode(paths: Iterable[Path]) -> Tree:
    """The `fieldsV1` tree."""
    tree: Tree = {}
    for path in sorted(paths):
        node = tree
        for element in path:
            node = node.setdefault(element, {})
    return tree


def decode(tree: Mapping[str, Any]) -> set[Path]:
    found: set[Path] = set()
    _decode(tree, (), found)
    return found


def shown(path: Path) -> str:
    """`.spec.template.spec.containers[name="app"].image`, as errors write it."""
    text = ""
    for element in path:
        if element == ".":
            continue
        mark, rest = element[:2], element[2:]
        if mark == "f:":
            text += f".{rest}"
        elif mark == "k:":
            keys = ",".join(f"{name}={orjson.dumps(value).decode()}" for name, value in orjson.loads(rest).items())
            text += f"[{keys}]"
        else:
            text += f"[={rest}]"
    return text


def _walk(value: Any, kind: Type, path: Path, containers: bool, found: dict[Path, Any]) -> None:
    if isinstance(value, dict) and value and not kind.atomic:
        if containers and (not kind.fields or not kind.name):
            found[(*path, ".")] = None
        for name, inner in value.items():
            _walk(inner, kind.field(name), (*path, f"f:{name}"), containers, found)
    elif isinstance(value, list) and value and kind.keys:
        if containers:
            found[(*path, ".")] = None
        for item in value:
            here = (*path, item_key(item, kind.keys))
            found[(*here, ".")] = None
            for name, inner in item.items() if isinstance(item, dict) else ():
                _walk(inner, kind.item.field(name), (*here, f"f:{name}"), containers, found)
    elif isinstance(value, list) and value and kind.is_set:
        found |= {(*path, set_key(item)): None for item in value}
    else:
        found[path] = value


def _decode(tree: Mapping[str, Any], path: Path, found: set[Path]) -> None:
    for element, inner in tree.items():
        if inner:
            _decode(inner, (*path, element), found)
        else:
            found.add((*path, element))

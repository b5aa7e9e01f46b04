"""Field paths: every leaf of an object by its place, and the `fieldsV1` notation that managed fields keep them in.

A path is a tuple of elements: `f:name`, `k:{"name":"app"}` for an item of a keyed list, `v:"x"` for one of a set, and
`.` for a container itself.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from eksgpu.sandbox.kubernetes.types.schema import OBJECT_META, Type

Path = tuple[str, ...]
Tree = dict[str, Any]

# Never owned by anybody: the server sets them.
_UNOWNED = ("apiVersion", "kind")
_UNOWNED_META = frozenset({
    "name", "namespace", "uid", "resourceVersion", "generation", "creationTimestamp", "managedFields", "selfLink",
    "deletionTimestamp", "deletionGracePeriodSeconds",
})  # fmt: skip
_DEFAULT_KEYS = {"protocol": "TCP"}


def leaves(value: Any, kind: Type, *, containers: bool = False) -> dict[Path, Any]:
    """Path → value. With `containers`, maps count as owned too, as after an update; items of keyed lists always do."""
    found: dict[Path, Any] = {}
    for name, inner in value.items():
        if name in _UNOWNED:
            continue
        if name == "metadata":
            inner = {key: held for key, held in inner.items() if key not in _UNOWNED_META}
        _walk(inner, kind.field(name), (f"f:{name}",), containers, found)
    return found


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
            _walk_item(item, kind.item, (*path, item_key(item, kind.keys)), containers, found)
    elif isinstance(value, list) and value and kind.is_set:
        found |= {(*path, set_key(item)): None for item in value}
    elif value or not _always_there(path, kind):
        found[path] = value


def _walk_item(item: Any, kind: Type, path: Path, containers: bool, found: dict[Path, Any]) -> None:
    if kind.atomic:
        found[path] = item
        return
    found[(*path, ".")] = None
    for name, inner in item.items() if isinstance(item, dict) else ():
        _walk(inner, kind.field(name), (*path, f"f:{name}"), containers, found)


def _always_there(path: Path, kind: Type) -> bool:
    """A spec, and the metadata of a template, are there even when nothing is in them: nobody owns that."""
    return kind.name == OBJECT_META or path == ("f:spec",)


def duplicate(value: Any, kind: Type, path: str = "") -> str:
    """Where two items of a keyed list have the same key, in a server's words; "" when all differ."""
    if isinstance(value, list) and kind.keys:
        seen: set[str] = set()
        for item in value:
            key = item_key(item, kind.keys)
            if key in seen:
                return f"{path}: duplicate entries for key {shown((key,))}"
            seen.add(key)
    pairs: Iterable[tuple[str, Any, Type]] = ()
    if isinstance(value, dict):
        pairs = ((f"{path}.{name}", inner, kind.field(name)) for name, inner in value.items())
    elif isinstance(value, list):
        pairs = ((f"{path}[{at}]", inner, kind.item) for at, inner in enumerate(value))
    found = (duplicate(inner, inside, at) for at, inner, inside in pairs if isinstance(inner, dict | list))
    return next((text for text in found if text), "")


def _decode(tree: Mapping[str, Any], path: Path, found: set[Path]) -> None:
    for element, inner in tree.items():
        if inner:
            _decode(inner, (*path, element), found)
        else:
            found.add((*path, element))

"""Merging of JSON-like values: JSON merge patch, and the schema-driven merge that server-side apply does.

Neither changes its arguments; results may share parts with them.
"""

from typing import Any

from eksgpu.sandbox.kubernetes.fields.paths import Path, item_key, set_key
from eksgpu.sandbox.kubernetes.types.schema import Type


def merge_patch(live: Any, patch: Any) -> Any:
    """RFC 7386: null removes, objects merge, anything else replaces."""
    if not isinstance(patch, dict):
        return patch
    result = dict(live) if isinstance(live, dict) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merge_patch(result.get(key), value)
    return result


def overlay(live: Any, config: Any, kind: Type) -> Any:
    """`config` over `live` as apply does it: maps merge, keyed lists merge by key, sets unite, the rest is replaced."""
    if isinstance(live, dict) and isinstance(config, dict) and not kind.atomic:
        result = dict(live)
        for key, value in config.items():
            result[key] = overlay(result[key], value, kind.field(key)) if key in result else value
        return result
    if isinstance(live, list) and isinstance(config, list):
        if kind.keys:
            return _keyed(live, config, kind)
        if kind.is_set:
            return [*live, *(item for item in config if item not in live)]
    return config


def without(value: Any, path: Path, kind: Type) -> Any:
    """`value` without what stands at `path`; containers that this empties go too."""
    element, rest = path[0], path[1:]
    if element == ".":
        return value
    if element.startswith("f:") and isinstance(value, dict):
        return _without_field(value, element[2:], rest, kind)
    if element.startswith("v:") and isinstance(value, list):
        return [item for item in value if set_key(item) != element] or None
    if element.startswith("k:") and isinstance(value, list):
        return _without_item(value, element, rest, kind)
    return value


def _without_field(value: dict[str, Any], name: str, rest: Path, kind: Type) -> Any:
    if name not in value:
        return value
    inner = without(value[name], rest, kind.field(name)) if rest else None
    if inner is None:
        return {key: held for key, held in value.items() if key != name} or None
    return {**value, name: inner}


def _without_item(value: list[Any], element: str, rest: Path, kind: Type) -> Any:
    result = []
    for item in value:
        if item_key(item, kind.keys) != element:
            result.append(item)
        elif rest != (".",):
            result.append(without(item, rest, kind.item) or item)
    return result or None


def _keyed(live: list[Any], config: list[Any], kind: Type) -> list[Any]:
    """The config's items in its order where it has them; foreign items keep their places before and after."""
    wanted = {item_key(item, kind.keys): item for item in config}
    held = {item_key(item, kind.keys): item for item in live}
    merged = {key: overlay(held[key], item, kind.item) if key in held else item for key, item in wanted.items()}
    queue = iter(wanted)
    result: list[Any] = []
    for key, item in held.items():
        result.append(merged.pop(next(queue)) if key in wanted else item)
    return [*result, *merged.values()]

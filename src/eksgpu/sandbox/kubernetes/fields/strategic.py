"""Strategic merge patch, as kubectl sends it: lists merge by the key that the type names, with `$patch` directives.

Follows apimachinery's `strategicpatch`: `$retainKeys`, `$setElementOrder/x`, `$deleteFromPrimitiveList/x`.
"""

from typing import Any

from eksgpu.sandbox.kubernetes.failure import ApiError, bad_request
from eksgpu.sandbox.kubernetes.types.schema import Type

_ORDER, _DELETE, _RETAIN, _PATCH = "$setElementOrder/", "$deleteFromPrimitiveList/", "$retainKeys", "$patch"


def strategic_merge(live: Any, patch: Any, kind: Type) -> Any:
    """`patch` applied to `live`; neither is changed. Raises ApiError 400 or 500 for a patch that is none."""
    if not isinstance(patch, dict):
        return patch
    if patch.get(_PATCH) in ("replace", "delete"):
        return {key: value for key, value in patch.items() if key != _PATCH and patch[_PATCH] == "replace"}
    _check_directives(patch)
    result = dict(live) if isinstance(live, dict) else {}
    if _RETAIN in patch:
        result = {key: value for key, value in result.items() if key in patch[_RETAIN]}
    for key, value in patch.items():
        if not key.startswith("$"):
            _field(result, key, value, kind.field(key))
    for key, value in patch.items():
        if key.startswith(_DELETE):
            name = key.removeprefix(_DELETE)
            result[name] = [item for item in result.get(name) or [] if item not in value]
        elif key.startswith(_ORDER):
            _order(result, key.removeprefix(_ORDER), value, kind)
    return result


def _check_directives(patch: dict[str, Any]) -> None:
    if patch.get(_PATCH, "merge") != "merge":
        raise ApiError(500, "", f"unknown patch type: {patch[_PATCH]}")
    for key, value in patch.items():
        if key.startswith("$") and key != _PATCH and not isinstance(value, list):
            raise bad_request(f"the directive {key} of a strategic merge patch takes a list")


def _field(result: dict[str, Any], key: str, value: Any, kind: Type) -> None:
    if value is None or (isinstance(value, dict) and value.get(_PATCH) == "delete"):
        result.pop(key, None)
    elif isinstance(value, dict):
        result[key] = strategic_merge(result.get(key), value, kind)
    elif isinstance(value, list) and "merge" in kind.strategies:
        result[key] = _list(result.get(key) or [], value, kind)
    else:
        result[key] = value


def _list(live: list[Any], patch: list[Any], kind: Type) -> list[Any]:
    if any(isinstance(item, dict) and item.get(_PATCH) == "replace" for item in patch):
        return [item for item in patch if not isinstance(item, dict) or item.get(_PATCH) != "replace"]
    if not kind.merge_key:
        return [*live, *(item for item in patch if item not in live)]
    if not all(isinstance(item, dict) for item in patch):
        raise bad_request(f"items of a list that merges by {kind.merge_key} must be objects")
    result = list(live)
    for item in patch:
        at = _index(result, item, kind.merge_key)
        if item.get(_PATCH) == "delete":
            result = [held for held in result if held.get(kind.merge_key) != item.get(kind.merge_key)]
        elif at is None:
            result.append(strategic_merge({}, item, kind.item))
        else:
            result[at] = strategic_merge(result[at], item, kind.item)
    return result


def _index(items: list[Any], wanted: dict[str, Any], key: str) -> int | None:
    return next((at for at, item in enumerate(items) if item.get(key) == wanted.get(key)), None)


def _order(result: dict[str, Any], name: str, order: list[Any], kind: Type) -> None:
    """Items named in `order` stand in that order; others keep their place relative to what stood before them."""
    merge_key = kind.field(name).merge_key
    rank = {str(item.get(merge_key) if isinstance(item, dict) else item): at for at, item in enumerate(order)}
    items = result.get(name)
    if not isinstance(items, list):
        return
    named = [item for item in items if str(item.get(merge_key) if merge_key else item) in rank]
    named.sort(key=lambda item: rank[str(item.get(merge_key) if merge_key else item)])
    queue = iter(named)
    result[name] = [next(queue) if str(item.get(merge_key) if merge_key else item) in rank else item for item in items]

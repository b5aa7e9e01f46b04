"""What an apply would change, told from the live object and the server's dry run, in the words of the manifest."""

from collections.abc import Iterator, Mapping
from typing import Any

Path = tuple[str | int, ...]
# What the server keeps for itself.
OWN_METADATA = frozenset({"managedFields", "resourceVersion", "generation", "uid", "creationTimestamp", "selfLink"})
MISSING = object()


def visible(live: Mapping[str, Any]) -> dict[str, Any]:
    """An object without its status and without the server's own bookkeeping."""
    metadata = {key: value for key, value in live["metadata"].items() if key not in OWN_METADATA}
    return {key: value for key, value in live.items() if key not in ("status", "metadata")} | {"metadata": metadata}


def as_manifest(wanted: Mapping[str, Any], live: Mapping[str, Any], dry_run: Mapping[str, Any]) -> dict[str, Any]:
    """The live object in the shape of `wanted`: equal to it where the apply changes nothing.

    Where it does, the live value stands in place of the wanted one. What the server would add of itself (a default of a
    newer version) is no difference.
    """
    shown: dict[str, Any] = _copied(wanted)
    for path, now in _changes(visible(live), visible(dry_run), ()):
        _put(shown, path, now)
    return shown


def at(tree: Any, path: Path) -> Any:
    """The value at a path, or MISSING."""
    for step in path:
        if not _holds(tree, step):
            return MISSING
        tree = tree[step]
    return tree


def with_value(tree: Any, path: Path, value: Any) -> Any:
    """A copy of `tree` with another value at a path that exists."""
    if not path:
        return value
    step, rest = path[0], path[1:]
    if isinstance(tree, Mapping):
        return {key: with_value(item, rest, value) if key == step else item for key, item in tree.items()}
    return [with_value(item, rest, value) if index == step else item for index, item in enumerate(tree)]


def _holds(tree: Any, step: str | int) -> bool:
    if isinstance(tree, Mapping):
        return step in tree
    return isinstance(tree, list | tuple) and isinstance(step, int) and step < len(tree)


def _copied(tree: Any) -> Any:
    """A deep copy as JSON has it: sequences are lists, so that values can be put into them."""
    if isinstance(tree, Mapping):
        return {key: _copied(value) for key, value in tree.items()}
    return [_copied(value) for value in tree] if isinstance(tree, list | tuple) else tree


def _changes(live: Any, new: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    """(path, live value) of every leaf that differs."""
    if isinstance(live, Mapping) and isinstance(new, Mapping):
        for key in [*live, *(key for key in new if key not in live)]:
            yield from _changes(live.get(key, MISSING), new.get(key, MISSING), (*path, key))
    elif isinstance(live, list) and isinstance(new, list) and len(live) == len(new):
        for index, (left, right) in enumerate(zip(live, new, strict=True)):
            yield from _changes(left, right, (*path, index))
    elif live is MISSING or new is MISSING or live != new:
        yield path, live


def _put(tree: Any, path: Path, value: Any) -> None:
    """Set the value at a path, or remove it when it is MISSING; a place that is in no list is left alone."""
    for depth, step in enumerate(path[:-1]):
        if isinstance(tree, list) and not (isinstance(step, int) and step < len(tree)):
            return
        if isinstance(tree, dict) and step not in tree:
            if value is MISSING:
                return
            tree[step] = [] if isinstance(path[depth + 1], int) else {}
        tree = tree[step]
    last = path[-1]
    if isinstance(tree, dict):
        if value is MISSING:
            tree.pop(last, None)
        else:
            tree[last] = _copied(value)
    elif isinstance(tree, list) and isinstance(last, int):
        if last < len(tree):
            tree[last] = None if value is MISSING else _copied(value)
        else:
            tree.append(_copied(value))

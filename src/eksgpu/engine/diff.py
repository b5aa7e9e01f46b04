"""What differs between a wanted object and a live one.

One rule: a field that is unset is not cared for; a field that is set is compared in the wanted vocabulary. A value
that is not known yet differs from everything, and a value the tool chose itself never differs from what lives.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from .refs import Chosen, Ref, has_unknown, resolve
from .resource import Live, OnChange, Resource

Lookup = Callable[[Ref], Any]


@dataclass(frozen=True)
class FieldDiff:
    """One field: what lives, what is wanted (Unknown inside where it is not known yet), and what changing it means."""

    live: Any
    desired: Any
    on: OnChange


def diff(resource: Resource, live: Live, lookup: Lookup) -> dict[str, FieldDiff]:
    """The fields of `resource` (Refs still in) that differ from `live`, in the order the kind declares them."""
    known = resolve_fields(resource, lookup, keep_chosen=True)
    resolved = known.wanted()
    found: dict[str, FieldDiff] = {}
    for name, on in resource.changes.items():
        if name not in resolved or (isinstance(resolved[name], Chosen) and known.keeps(name, live)):
            continue
        desired, actual = resolve(resolved[name], lookup), live.fields.get(name)
        if has_unknown(desired) or not same(desired, actual, unordered=on.unordered):
            found[name] = FieldDiff(actual, desired, on)
    return found


def newer_choices(resource: Resource, live: Live, lookup: Lookup) -> dict[str, tuple[Any, Any]]:
    """Fields whose chosen value is another today than the one that lives: {field: (live, chosen)}."""
    return {
        name: (live.fields.get(name), chosen)
        for name, value in resource.wanted().items()
        if isinstance(value, Chosen)
        and not value.quiet
        and not has_unknown(chosen := resolve(value, lookup))
        and not same(chosen, live.fields.get(name), unordered=False)
    }


def resolve_fields(resource: Resource, lookup: Lookup, *, keep_chosen: bool = False) -> Resource:
    """A copy of `resource` with its Refs replaced by values; `after` keeps its Refs, it is order only."""
    changed = {
        name: value if keep_chosen and isinstance(value, Chosen) else resolve(value, lookup)
        for name, value in vars(resource).items()
        if name != "after"
    }
    return resource.with_fields(**changed)


def same(desired: Any, actual: Any, *, unordered: bool) -> bool:
    """Equality across tuple and list; as sets where `unordered`."""
    left, right = _plain(desired), _plain(actual)
    if unordered and isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(item in right for item in left)
    return bool(left == right)


def _plain(tree: Any) -> Any:
    match tree:
        case Mapping():
            return {key: _plain(value) for key, value in tree.items()}
        case list() | tuple():
            return [_plain(value) for value in tree]
        case frozenset() | set():
            return sorted((_plain(value) for value in tree), key=repr)
        case _:
            return tree

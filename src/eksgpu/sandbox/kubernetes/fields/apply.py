"""Server-side apply: a manager's whole wish for an object merged into the live one, with conflicts by field.

What the manager applied before and no longer wishes is removed, unless somebody else owns it too.
"""

from dataclasses import dataclass
from typing import Any

from eksgpu.sandbox.kubernetes.failure import apply_conflict, cause
from eksgpu.sandbox.kubernetes.fields.managed import Manager, entries
from eksgpu.sandbox.kubernetes.fields.merge import overlay, without
from eksgpu.sandbox.kubernetes.fields.paths import Path, decode, encode, leaves, shown
from eksgpu.sandbox.kubernetes.types.schema import Type


@dataclass(frozen=True)
class Applied:
    """The merged object, without its managedFields, and those. `unchanged`: the manager's wish is what it was."""

    object: dict[str, Any]
    managed: list[dict[str, Any]]
    unchanged: bool


@dataclass(frozen=True)
class _Other:
    entry: dict[str, Any]
    owned: set[Path]
    contested: list[Path]


def server_side_apply(
    live: dict[str, Any] | None, config: dict[str, Any], kind: Type, manager: Manager, *, force: bool, at: str
) -> Applied:
    """Merge `config` into `live`. Raises ApiError 409 for fields that others own with other values, unless `force`."""
    wished = leaves(config, kind)
    current = leaves(live, kind) if live else {}
    mine_before: set[Path] = set()
    mine_entry: dict[str, Any] | None = None
    others: list[_Other] = []
    for entry in entries(live):
        owned = decode(entry["fieldsV1"])
        if manager.same(entry):
            mine_before, mine_entry = owned, entry
        else:
            others.append(_Other(entry, owned, _contested(owned, wished, current)))
    if not force and any(other.contested for other in others):
        raise _conflict([other for other in others if other.contested])
    merged = overlay(live or {}, config, kind)
    kept_by_others = set().union(*(other.owned for other in others))
    merged = _drop(merged, mine_before - wished.keys(), kept_by_others, kind)
    managed = [_yielded(other) for other in others if other.owned != set(other.contested)]
    unchanged = mine_entry is not None and mine_before == wished.keys()
    mine = mine_entry if unchanged and mine_entry is not None else manager.entry(encode(wished), at)
    return Applied(merged, [*managed, mine] if wished else managed, unchanged)


def _contested(owned: set[Path], wished: dict[Path, Any], current: dict[Path, Any]) -> list[Path]:
    return sorted(
        path for path in owned & wished.keys() if path[-1] != "." and current.get(path, wished) != wished[path]
    )


def _drop(merged: Any, gone: set[Path], kept: set[Path], kind: Type) -> Any:
    """Remove what the manager no longer wishes. An item of a list goes as a whole, unless others hold part of it."""
    for path in sorted(gone, key=lambda path: (len(path), path)):
        if path in kept:
            continue
        container = path[:-1] if path[-1] == "." else path
        if any(other[: len(container)] == container for other in kept):
            continue
        merged = without(merged, path, kind) or merged
    return merged


def _yielded(other: _Other) -> dict[str, Any]:
    if not other.contested:
        return other.entry
    return {**other.entry, "fieldsV1": encode(other.owned - set(other.contested))}


def _conflict(others: list[_Other]) -> Exception:
    causes = [
        cause(shown(path), "FieldManagerConflict", f"conflict with {_named(other.entry)}")
        for other in others
        for path in other.contested
    ]
    if len(causes) == 1:
        only = causes[0]
        return apply_conflict(f"Apply failed with 1 conflict: {only['message']}: {only['field']}", causes)
    lines = []
    for other in sorted(others, key=lambda other: str(other.entry["manager"])):
        lines.append(f"conflicts with {_named(other.entry)}:")
        lines += [f"- {shown(path)}" for path in other.contested]
    return apply_conflict(f"Apply failed with {len(causes)} conflicts: " + "\n".join(lines), causes)


def _named(entry: dict[str, Any]) -> str:
    named = f'"{entry["manager"]}"'
    if entry.get("subresource"):
        named += f' with subresource "{entry["subresource"]}"'
    return f"{named} using {entry['apiVersion']}" if entry["operation"] == "Update" else named

"""Managed fields: who owns which field, kept as `metadata.managedFields` of each object.

Updates take what they change; `apply` in the neighbouring module decides conflicts with what is kept here.
"""

from dataclasses import dataclass
from typing import Any

from eksgpu.sandbox.kubernetes.fields.paths import Path, Tree, decode, encode, leaves
from eksgpu.sandbox.kubernetes.types.schema import Type

_UNSET = object()


@dataclass(frozen=True)
class Manager:
    """Who writes: the name, the operation (`Update` or `Apply`), the subresource and the version used."""

    name: str
    operation: str
    subresource: str
    api_version: str

    def same(self, entry: dict[str, Any]) -> bool:
        """Whether a managedFields entry is this manager's."""
        return (
            entry["manager"] == self.name
            and entry["operation"] == self.operation
            and entry.get("subresource", "") == self.subresource
            and (self.operation == "Apply" or entry.get("apiVersion") == self.api_version)
        )

    def entry(self, fields: Tree, at: str) -> dict[str, Any]:
        """The managedFields entry that owns `fields` since `at`."""
        found = {
            "manager": self.name,
            "operation": self.operation,
            "apiVersion": self.api_version,
            "time": at,
            "fieldsType": "FieldsV1",
            "fieldsV1": fields,
        }
        return found | ({"subresource": self.subresource} if self.subresource else {})


def entries(owner: dict[str, Any] | None) -> list[dict[str, Any]]:
    """The managedFields of an object, or none."""
    found: list[dict[str, Any]] = (owner or {}).get("metadata", {}).get("managedFields") or []
    return found


def after_update(
    old: dict[str, Any] | None, new: dict[str, Any], kind: Type, manager: Manager, at: str
) -> list[dict[str, Any]]:
    """managedFields of `new`: the manager gains what differs from `old`, others keep what is left to them.

    Only the top-level fields that differ are looked into: most updates touch one.
    """
    held, here = _unmanaged(old or {}), _unmanaged(new)
    touched = {key for key in held.keys() | here.keys() if held.get(key, _UNSET) != here.get(key, _UNSET)}
    before = leaves({key: value for key, value in held.items() if key in touched}, kind, containers=True)
    after = leaves({key: value for key, value in here.items() if key in touched}, kind, containers=True)
    changed = {path for path, value in after.items() if before.get(path, _UNSET) != value}
    if not changed and before.keys() == after.keys():
        return entries(old)
    roots = {f"f:{key}" for key in touched}
    mine: dict[str, Any] | None = manager.entry(encode(changed), at) if changed else None
    others = []
    for entry in entries(old):
        owned = decode({root: inner for root, inner in entry["fieldsV1"].items() if root in roots})
        if manager.same(entry):
            kept = owned & after.keys() | changed
            mine = entry if kept == owned and not changed else manager.entry(_owning(entry, roots, kept), at)
        else:
            kept = {path for path in owned if path in after and (path not in changed or path[-1] == ".")}
            others.append(entry if kept == owned else {**entry, "fieldsV1": _owning(entry, roots, kept)})
    return [entry for entry in (*others, mine) if entry is not None and entry["fieldsV1"]]


def _unmanaged(found: dict[str, Any]) -> dict[str, Any]:
    """An object without its managedFields, which nobody owns."""
    meta = {key: value for key, value in found.get("metadata", {}).items() if key != "managedFields"}
    return {**found, "metadata": meta}


def _owning(entry: dict[str, Any], roots: set[str], paths: set[Path]) -> Tree:
    """The fields of an entry, with these paths for all that it had below `roots`."""
    elsewhere = {root: inner for root, inner in entry["fieldsV1"].items() if root not in roots}
    return dict(sorted({**elsewhere, **encode(paths)}.items()))

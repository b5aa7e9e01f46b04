"""Managed fields: who owns which field, kept as `metadata.managedFields` of each object.

Updates take what they change; `apply` in the neighbouring module decides conflicts with what is kept here.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from eksgpu.sandbox.kubernetes.fields.paths import Path, decode, encode, leaves
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

    def entry(self, paths: set[Path], at: str) -> dict[str, Any]:
        """The managedFields entry that owns `paths` since `at`."""
        found = {
            "manager": self.name,
            "operation": self.operation,
            "apiVersion": self.api_version,
            "time": at,
            "fieldsType": "FieldsV1",
            "fieldsV1": encode(paths),
        }
        return found | ({"subresource": self.subresource} if self.subresource else {})


def entries(owner: dict[str, Any] | None) -> list[dict[str, Any]]:
    """The managedFields of an object, or none."""
    found: list[dict[str, Any]] = (owner or {}).get("metadata", {}).get("managedFields") or []
    return found


def after_update(
    old: dict[str, Any] | None, new: dict[str, Any], kind: Type, manager: Manager, at: str
) -> list[dict[str, Any]]:
    """managedFields of `new`: the manager gains what differs from `old`, others keep what is left to them."""
    before = leaves(old, kind, containers=True) if old else {}
    after = leaves(new, kind, containers=True)
    changed = {path for path, value in after.items() if before.get(path, _UNSET) != value}
    if not changed and before.keys() == after.keys():
        return entries(old)
    mine, others = set(changed), []
    mine_before: dict[str, Any] | None = None
    for entry, owned in _decoded(old):
        if manager.same(entry):
            mine |= owned & after.keys()
            mine_before = entry
        elif kept := _left(owned, changed, after):
            others.append(entry if kept == owned else {**entry, "fieldsV1": encode(kept)})
    if not mine:
        return others
    if mine_before is not None and decode(mine_before["fieldsV1"]) == mine and not changed:
        return [*others, mine_before]
    return [*others, manager.entry(mine, at)]


def _decoded(owner: dict[str, Any] | None) -> Iterator[tuple[dict[str, Any], set[Path]]]:
    for entry in entries(owner):
        yield entry, decode(entry["fieldsV1"])


def _left(owned: set[Path], changed: set[Path], after: dict[Path, Any]) -> set[Path]:
    """What another manager still owns: containers stay while anything in them does."""
    kept = {path for path in owned if path in after and (path not in changed or path[-1] == ".")}
    if kept != owned or changed:
        kept |= {path for path in owned - kept if path[-1] == "." and path in after}
    return kept

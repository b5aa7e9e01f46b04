"""Writes the page that says which GPU can be shared how: `python tools/write_sharing_table.py FILE`.

Every combination is judged by the rules that `plan` runs. Models that are alike in all of them share a column, kinds of
nodes that are alike share a table.
"""

import sys
from collections.abc import Hashable, Iterable, Mapping
from pathlib import Path
from typing import TypeVar

from eksgpu.catalog.gpu import models
from eksgpu.scheduling.sharing.table import SYSTEMS, Row, table
from eksgpu.scheduling.sharing.wish import Kind

T = TypeVar("T")
HEAD = """# Which GPU can be shared how

Every GPU model, way of sharing, system and kind of node: accepted, or refused by a rule. Written by `make golden` from
the rules that `plan` runs; do not edit it. Replicas are 4, a profile is the model's smallest, and Karpenter is the
pinned one with the feature gates that it needs. The guide is [slicing.md](slicing.md).
"""
KINDS = {
    Kind.NODE_POOL: "`nodePools`",
    Kind.STATIC_POOL: "`nodePools` with `replicas`",
    Kind.NODE_GROUP: "`nodeGroups`",
    Kind.EXISTING: "`existingNodes`",
}
NAMES = {"al2023": "Amazon Linux 2023", "bottlerocket": "Bottlerocket"}
Cell = tuple[str, str, str]  # model, variant, system


def page() -> str:
    """The whole page."""
    rows = tuple(table())
    of_kind = {kind: {_cell(row): _rules(row) for row in rows if row.kind is kind} for kind in Kind}
    parts = [HEAD]
    for kinds in _alike(of_kind):
        parts += ["## " + ", ".join(KINDS[kind] for kind in kinds), *_table(of_kind[kinds[0]])]
    parts += ["## The rules", *_reasons(rows), "## What MIG makes of a GPU", *_profiles(), "## Notes", *_notes()]
    return "\n".join(_spaced(parts)) + "\n"


def _cell(row: Row) -> Cell:
    return row.model, row.variant, row.os


def _rules(row: Row) -> str:
    return ", ".join(one.rule for one in row.refusals) or "yes"


def _table(cells: Mapping[Cell, str]) -> Iterable[str]:
    models = dict.fromkeys(model for model, _, _ in cells)
    classes = _alike({model: tuple(said for cell, said in cells.items() if cell[0] == model) for model in models})
    yield f"| shared by | system | {' | '.join(', '.join(_short(one) for one in each) for each in classes)} |"
    yield "|---|---|" + "---|" * len(classes)
    for variant in dict.fromkeys(variant for _, variant, _ in cells):
        for os in SYSTEMS:
            said = (cells[each[0], variant, os] for each in classes)
            yield f"| {variant} | {NAMES[os]} | {' | '.join(said)} |"


def _reasons(rows: Iterable[Row]) -> Iterable[str]:
    found: dict[tuple[str, str], dict[str, None]] = {}
    for row in rows:
        for one in row.refusals:
            found.setdefault((one.rule, one.hint), {})[one.message] = None
    for (rule, hint), messages in found.items():
        yield f"* **{rule}**: {'; '.join(messages)}. Instead: {hint}."


def _profiles() -> Iterable[str]:
    yield "| GPU | profiles, and how many one GPU holds | all-balanced | on Bottlerocket |"
    yield "|---|---|---|---|"
    for model in models():
        cut = model.geometry
        if cut is not None:
            each = ", ".join(f"{one.name} x{one.most}" for one in cut.profiles.values())
            balanced = " + ".join(f"{count} x {name}" for name, count in cut.balanced.items())
            known = ", ".join(name for name in cut.profiles if name in cut.bottlerocket_profiles)
            yield f"| {_short(model.title)} | {each} | {balanced or '-'} | {known or '-'} |"


def _notes() -> Iterable[str]:
    for model in models():
        if model.note:
            yield f"* {_short(model.title)}: {model.note}."
        if model.geometry is not None and not model.geometry.documented:
            yield f"* {_short(model.title)}: no source says where its instances may start; the driver chooses."


def _alike(verdicts: Mapping[T, Hashable | Mapping[Cell, str]]) -> list[list[T]]:
    """The keys whose values are equal, together, in their order."""
    groups: list[list[T]] = []
    for key, verdict in verdicts.items():
        known = next((group for group in groups if verdicts[group[0]] == verdict), None)
        if known is None:
            groups.append([key])
        else:
            known.append(key)
    return groups


def _short(model: str) -> str:
    return model.removeprefix("NVIDIA ")


def _spaced(parts: Iterable[str]) -> Iterable[str]:
    """An empty line around headings."""
    for number, part in enumerate(parts):
        if part.startswith("## "):
            yield from (("", part, "") if number > 1 else (part, ""))
        else:
            yield part


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page(), encoding="utf-8")

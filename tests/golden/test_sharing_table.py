"""Which GPU can be shared how, on which system, by which kind of node: the whole table, with every reason."""

from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

from eksgpu.scheduling.sharing.table import table


class _Text(SingleFileSnapshotExtension):
    _write_mode = WriteMode.TEXT
    file_extension = "md"


def test_every_combination_is_accepted_or_refused_with_a_reason(snapshot: SnapshotAssertion) -> None:
    assert "\n".join(_lines()) + "\n" == snapshot(extension_class=_Text)


def _lines() -> list[str]:
    """One line for each model, way and system; the kinds of nodes that agree share a cell."""
    cells: dict[tuple[str, str, str], dict[str, list[str]]] = {}
    for row in table():
        verdict = "; ".join(f"no: {one.message} [{one.rule}]" for one in row.refusals) or "yes"
        cells.setdefault((row.model, row.variant, row.os), {}).setdefault(verdict, []).append(str(row.kind))
    lines = ["| GPU | shared by | system | nodes | |", "|---|---|---|---|---|"]
    for (model, variant, os), verdicts in cells.items():
        lines += [
            f"| {model} | {variant} | {os} | {', '.join(kinds)} | {verdict} |" for verdict, kinds in verdicts.items()
        ]
    return lines

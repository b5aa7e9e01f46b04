"""SOCI's values as a table: the snapshotter's own default, what each EC2NodeClass gets, and why. Row 000-14."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from eksgpu.components.soci import PARAMETERS, Tuning
from eksgpu.spec.models import GpuCluster
from eksgpu.spec.node_classes import NodeClass, node_classes


@dataclass(frozen=True)
class TuningRow:
    """One parameter. `values` stand in the order of the table's classes."""

    parameter: str
    upstream: str
    values: tuple[str, ...]
    why: str


@dataclass(frozen=True)
class TuningTable:
    """Every class with parallel pull; empty without any.

    reasons: for each class what its values follow from.
    """

    classes: tuple[str, ...]
    reasons: tuple[str, ...]
    rows: tuple[TuningRow, ...]

    def as_json(self) -> dict[str, Any]:
        return {
            "nodeClasses": dict(zip(self.classes, self.reasons, strict=True)),
            "parameters": [
                {
                    "parameter": row.parameter,
                    "upstream": row.upstream,
                    "values": dict(zip(self.classes, row.values, strict=True)),
                    "why": row.why,
                }
                for row in self.rows
            ],
        }


def tuning_table(spec: GpuCluster) -> TuningTable:
    """The table of a spec's pools."""
    tuned = tuple(_tuned(spec))
    return TuningTable(
        classes=tuple(node_class.name for node_class, _ in tuned),
        reasons=tuple(_reason(tuning) for _, tuning in tuned),
        rows=tuple(
            TuningRow(
                parameter.name,
                parameter.upstream,
                tuple(str(tuning.settings[parameter.name]).lower() for _, tuning in tuned),
                parameter.why,
            )
            for parameter in PARAMETERS
        )
        if tuned
        else (),
    )


def _tuned(spec: GpuCluster) -> Iterator[tuple[NodeClass, Tuning]]:
    for node_class in node_classes(spec.spec.node_pools):
        tuning = node_class.tuning
        if tuning is not None:
            yield node_class, tuning


def _reason(tuning: Tuning) -> str:
    told = f"{tuning.weakest}: {tuning.reason}"
    return f"{told}; partly set in the spec" if tuning.given else told

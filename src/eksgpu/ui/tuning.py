"""What a plan says of pools: how far they may grow, and how their nodes pull images."""

from collections.abc import Sequence

from eksgpu.blueprint.pool_limits import PoolLimit
from eksgpu.blueprint.tuning import TuningTable

from .look import Look, Style
from .table import table
from .words import many

_SOURCES = {
    "default": "by default; set limits, or limits: unlimited",
    "spec": "as the spec says",
    "replicas": "always so many, as the spec says",
}


def limits_view(limits: Sequence[PoolLimit], look: Look) -> list[str]:
    """One line for each pool; nothing without pools."""
    if not limits:
        return []
    rows = [(one.pool, _most(one), _nodes(one), _SOURCES[one.source]) for one in limits]
    header = ("pool", "at most", "nodes", "")
    return [look.paint("Limits of pools", Style.BOLD), *table(rows, look, header=header, right=(2,), flexible=3)]


def tuning_view(tuning: TuningTable, look: Look) -> list[str]:
    """The tuning table, and below it what each class's values follow from; nothing where no class is tuned."""
    if not tuning.classes:
        return []
    rows = [(row.parameter, row.upstream, *row.values, row.why) for row in tuning.rows]
    header = ("SOCI parallel pull", "upstream", *tuning.classes, "why")
    lines = table(rows, look, header=header, flexible=len(header) - 1)
    for name, reason in zip(tuning.classes, tuning.reasons, strict=True):
        lines += look.wrap(f"{name} follows from its weakest type, {reason}", "  ", "    ")
    return [look.paint("Image pulls", Style.BOLD), *lines]


def _most(limit: PoolLimit) -> str:
    return ", ".join(f"{name}: {amount}" for name, amount in limit.limits.items()) or "no limit"


def _nodes(limit: PoolLimit) -> str:
    return "any number" if limit.nodes is None else many(limit.nodes, "node")

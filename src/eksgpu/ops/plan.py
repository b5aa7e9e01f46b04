"""`plan`: what apply would change, what it costs, whether it can exist. Changes nothing and takes no lock."""

from collections.abc import Sequence
from pathlib import Path

from eksgpu.checks.registry import refuse_unknown
from eksgpu.spec.load import load_placed

from .connect import Connector
from .options import Options
from .prepare import prepare
from .report import PlanReport
from .target import connect


def plan(
    spec_path: Path,
    options: Options,
    *,
    skip_checks: frozenset[str] = frozenset(),
    accept: frozenset[str] = frozenset(),
    replace: Sequence[str] = (),
    connector: Connector | None = None,
) -> PlanReport:
    """The plan of a spec file.

    Raises SpecErrors for a faulty spec before anything is asked of AWS, CloudError when AWS refuses a read.
    """
    spec, places = load_placed(spec_path, options.sets)
    refuse_unknown(skip_checks)
    connection = connect(spec, options, connector or Connector())
    try:
        prepared = prepare(spec, places, connection, skip_checks=skip_checks, accept=accept, replace=replace)
    finally:
        connection.close()
    return prepared.report

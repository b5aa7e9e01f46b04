"""`plan`: what apply would change, what it costs, whether it can exist. Changes nothing and takes no lock."""

from collections.abc import Sequence
from pathlib import Path

from eksgpu.checks.registry import refuse_unknown
from eksgpu.spec.load import load

from .connect import Connector, Options
from .prepare import prepare
from .report import PlanReport


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
    spec = load(spec_path, options.sets)
    refuse_unknown(skip_checks)
    connection = (connector or Connector()).connect(
        options, cluster=spec.metadata.name, region=spec.metadata.region, account=spec.metadata.account_id
    )
    try:
        prepared = prepare(spec, connection, skip_checks=skip_checks, accept=accept, replace=replace)
    finally:
        connection.close()
    return prepared.report

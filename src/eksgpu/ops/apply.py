"""`apply`: make the account look like the spec. Plans, checks, asks, and then carries the plan out under the lock."""

from collections.abc import Callable, Sequence
from pathlib import Path

from eksgpu.aws.eks_cluster import EksCluster
from eksgpu.checks.registry import refuse_unknown
from eksgpu.engine.events import Event, Happened, Listener, ignore
from eksgpu.engine.execute import execute
from eksgpu.engine.plan import Action
from eksgpu.errors import FindingsError, Interrupted, PlanRefused
from eksgpu.spec.load import load_placed

from .connect import Connection, Connector
from .locked import locked
from .options import Options
from .outputs import outputs
from .prepare import BY_NAME, Prepared, prepare
from .report import ApplyReport, PlanReport
from .target import connect


def apply(
    spec_path: Path,
    options: Options,
    *,
    confirm: Callable[[PlanReport], bool],
    listener: Listener = ignore,
    skip_checks: frozenset[str] = frozenset(),
    accept: frozenset[str] = frozenset(),
    replace: Sequence[str] = (),
    break_lock: bool = False,
    notice: Callable[[str], None] = lambda _: None,
    connector: Connector | None = None,
) -> ApplyReport:
    """Carry out the plan of a spec file.

    confirm: called with the plan before anything changes; False leaves everything as it is.

    Raises SpecErrors, FindingsError, PlanRefused, LockHeld before anything is changed; RunFailed, Interrupted,
    CredentialsError or LockLost in the middle: running again continues.
    """
    spec, places = load_placed(spec_path, options.sets)
    refuse_unknown(skip_checks)
    connection = connect(spec, options, connector or Connector())
    try:
        with locked(connection, break_lock=break_lock, notice=notice) as lock:
            prepared = prepare(spec, places, connection, skip_checks=skip_checks, accept=accept, replace=replace)
            _agree(prepared.report, confirm)
            return _carry_out(prepared, connection, options, listener, lambda: lock.beat())
    finally:
        connection.close()


def _agree(report: PlanReport, confirm: Callable[[PlanReport], bool]) -> None:
    agreed = confirm(report)
    if report.plan.refusals:
        raise PlanRefused("\n".join(report.plan.refusals), hint="nothing was changed")
    if report.errors:
        count = len(report.errors)
        raise FindingsError(
            f"{count} check{'s' if count > 1 else ''} found that this cannot work; nothing was changed",
            findings=tuple(finding.as_json() for finding in report.findings),
            hint="mend what they name, or leave a check out with --skip-checks ID",
        )
    if not agreed:
        raise Interrupted("nothing was changed: the plan was not confirmed")


def _carry_out(
    prepared: Prepared, connection: Connection, options: Options, listener: Listener, tick: Callable[[], None]
) -> ApplyReport:
    tell = getattr(listener, "on_schedule", None)
    if tell is not None:
        tell(prepared.needs, prepared.expected)
    run = connection.run

    def follow(event: Event) -> None:
        if event.kind == EksCluster.kind and event.action == Action.REPLACE and event.happened is Happened.DONE:
            connection.access.close()  # the new one has another address
        listener(event)

    outcome = execute(
        run,
        prepared.graph,
        prepared.plan,
        BY_NAME,
        workers=connection.workers,
        listener=follow,
        tick=tick,
    )
    return ApplyReport(
        planned=prepared.report,
        critical_path_seconds=outcome.critical_path_seconds(),
        calls=connection.calls(),
        seconds=connection.seconds(),
        outputs=outputs(outcome.lives.values(), cluster=run.eks_cluster, region=run.region, options=options),
    )

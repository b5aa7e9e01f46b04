"""`destroy`: take everything down in the order that what lives implies, then look again everywhere and prove it.

It needs no spec: the mark finds what is ours, the controllers' tags find what they made for us.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from eksgpu.aws import KEPT, KINDS
from eksgpu.aws.byproducts import BYPRODUCTS
from eksgpu.engine.events import Listener, ignore
from eksgpu.engine.execute import Outcome, execute
from eksgpu.engine.graph import Graph
from eksgpu.engine.plan import Plan, make_plan
from eksgpu.engine.resource import Live
from eksgpu.engine.schedule import schedule
from eksgpu.errors import Interrupted, PlanRefused, RunFailed

from .connect import Connection, Connector, Options
from .discover import discover
from .expected import expected
from .locked import locked
from .prepare import BY_NAME
from .proof import proof
from .report import Caller, DestroyReport
from .target import connect_to

SWEEP_AFTER = 60.0  # EKS may write the log group again for a while after the cluster is gone
NOTHING = Graph(())


@dataclass(frozen=True)
class DestroyPreview:
    """What would be deleted. `deletion_protection`: the cluster refuses, and so do we."""

    caller: Caller
    lives: tuple[Live, ...]
    byproducts: tuple[Live, ...]
    deletion_protection: bool


def destroy(
    target: Path | str,
    options: Options,
    *,
    confirm: Callable[[DestroyPreview], bool],
    listener: Listener = ignore,
    break_lock: bool = False,
    delete_volumes: bool = False,
    notice: Callable[[str], None] = lambda _: None,
    connector: Connector | None = None,
) -> DestroyReport:
    """Delete everything of one cluster.

    target:         the spec's file, or the cluster's name (then the region comes from the options).
    confirm:        called with what would go; False leaves everything as it is.
    delete_volumes: volumes of PersistentVolumeClaims too; they are kept and reported otherwise.

    Raises PlanRefused under deletion protection, LockHeld, Interrupted, CredentialsError. What could not be deleted
    is no error here: the report lists it.
    """
    _, connection = connect_to(target, options, connector)
    try:
        with locked(connection, break_lock=break_lock, notice=notice) as lock:
            lives = [live for live in discover(connection.run, KINDS, connection.pool) if live.kind not in KEPT]
            made = _byproducts(connection, delete_volumes)
            _agree(DestroyPreview(connection.caller, tuple(lives), tuple(made), _protected(lives)), confirm)
            outcome = Outcome()
            failures = _remove(connection, [*lives, *made], listener, lambda: lock.beat(), outcome)
            failures |= _sweep(connection, delete_volumes, listener, lambda: lock.beat(), outcome, notice)
            return proof(connection, outcome, failures, vpcs=[live.id for live in lives if live.kind == "vpc"])
    finally:
        connection.close()


def _byproducts(connection: Connection, delete_volumes: bool) -> list[Live]:
    kinds = [kind for kind in BYPRODUCTS if delete_volumes or kind.kind != "volume"]
    return discover(connection.run, kinds, connection.pool)


def _protected(lives: Sequence[Live]) -> bool:
    return any(live.kind == "eks_cluster" and live.fields.get("deletion_protection") for live in lives)


def _agree(preview: DestroyPreview, confirm: Callable[[DestroyPreview], bool]) -> None:
    agreed = confirm(preview)
    if preview.deletion_protection:
        raise PlanRefused(
            f"cluster {preview.caller.cluster} has deletion protection; nothing was deleted",
            hint="set spec.deletionProtection: false, apply, and destroy again",
        )
    if not agreed:
        raise Interrupted("nothing was deleted: it was not confirmed")


def _remove(
    connection: Connection,
    lives: Sequence[Live],
    listener: Listener,
    tick: Callable[[], None],
    outcome: Outcome,
) -> dict[str, Exception]:
    """Delete these; returns what went wrong, by identity."""
    plan: Plan = make_plan(NOTHING, lives)
    tell = getattr(listener, "on_schedule", None)
    if tell is not None:
        tell(schedule(NOTHING, plan, BY_NAME), expected(plan, BY_NAME))
    try:
        execute(
            connection.run,
            NOTHING,
            plan,
            BY_NAME,
            workers=connection.workers,
            listener=listener,
            tick=tick,
            outcome=outcome,
        )
    except RunFailed as failed:
        return dict(failed.failures)
    return {}


def _sweep(
    connection: Connection,
    delete_volumes: bool,
    listener: Listener,
    tick: Callable[[], None],
    outcome: Outcome,
    notice: Callable[[str], None],
) -> dict[str, Exception]:
    """Look once more, a minute later: for what was written or made while the rest went away."""
    if not any(live.kind == "eks_cluster" for live in outcome.removed):
        return {}
    notice("looking again in a minute: EKS may write its log group once more after the cluster is gone")
    connection.run.clock.sleep(SWEEP_AFTER)
    again = [live for live in discover(connection.run, KINDS, connection.pool) if live.kind not in KEPT]
    again += _byproducts(connection, delete_volumes)
    known = {identity for identity, _ in outcome.failures} | set(outcome.blocked)
    fresh = [live for live in again if live.identity not in known]
    swept = Outcome()
    failures = _remove(connection, fresh, listener, tick, swept) if fresh else {}
    outcome.removed += swept.removed
    return failures

"""`destroy`: take everything down in the order that what lives implies, then look again everywhere and prove it.

It needs no spec: the mark finds what is ours, the controllers' tags find what they made for us.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from eksgpu.aws import KINDS
from eksgpu.engine.events import Listener, ignore
from eksgpu.engine.execute import Outcome, execute
from eksgpu.engine.graph import Graph
from eksgpu.engine.plan import Plan, make_plan
from eksgpu.engine.resource import Live
from eksgpu.engine.schedule import schedule
from eksgpu.errors import Interrupted, PlanRefused, RunFailed
from eksgpu.kube import KINDS as INSIDE

from .connect import Connection, Connector
from .discover import discover, discover_outside, look_inside
from .expected import expected
from .locked import locked
from .options import Options
from .ours import byproducts, deletable, leftovers
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
            work = _Work(connection, delete_volumes, listener, lambda: lock.beat(), notice)
            lives, within = work.find()
            made = work.byproducts()
            preview = DestroyPreview(connection.caller, (*lives, *within), tuple(made), _protected(lives))
            _agree(preview, confirm)
            failures = work.remove([*lives, *within, *made])
            if within:
                failures = work.follow_up(failures, within, made)
            failures |= work.sweep()
            return proof(connection, work.outcome, failures, vpcs=[live.id for live in lives if live.kind == "vpc"])
    finally:
        connection.close()


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


class _Work:
    """What is done under the lock, and how it went so far."""

    def __init__(
        self,
        connection: Connection,
        delete_volumes: bool,
        listener: Listener,
        tick: Callable[[], None],
        notice: Callable[[str], None],
    ) -> None:
        self._connection, self._run = connection, connection.run
        self._kinds = byproducts(self._run, volumes=delete_volumes)
        self._listener, self._tick, self._notice = listener, tick, notice
        self.outcome = Outcome()

    def find(self) -> tuple[list[Live], list[Live]]:
        """What is ours in AWS, and what has to go inside the cluster: ours, and what holds on to AWS."""
        gather = discover_outside(self._connection, KINDS)
        within = look_inside(self._connection, (*INSIDE, *leftovers(self._run)))
        if within.refused is not None:
            self._notice(f"{within.refused.message}; what its controllers made is found by their tags instead")
            self._connection.access.shut()
        return deletable(gather()), list(within.found)

    def byproducts(self) -> list[Live]:
        """What controllers made in AWS, by their tags."""
        return discover(self._run, self._kinds, self._connection.pool)

    def remove(self, lives: Sequence[Live], outcome: Outcome | None = None) -> dict[str, Exception]:
        """Delete these; returns what went wrong, by identity."""
        plan: Plan = make_plan(NOTHING, lives)
        tell = getattr(self._listener, "on_schedule", None)
        if tell is not None:
            tell(schedule(NOTHING, plan, BY_NAME), expected(plan, BY_NAME))
        try:
            execute(
                self._run,
                NOTHING,
                plan,
                BY_NAME,
                workers=self._connection.workers,
                listener=self._listener,
                tick=self._tick,
                outcome=outcome or self.outcome,
            )
        except RunFailed as failed:
            return dict(failed.failures)
        return {}

    def follow_up(
        self, failures: dict[str, Exception], within: Sequence[Live], made: Sequence[Live]
    ) -> dict[str, Exception]:
        """Once more where the cluster did not let go, or its controllers made something while they were stopped."""
        stuck = [live for live in within if live.identity in failures]
        now, known = self.byproducts(), {live.id for live in made}
        if not stuck and all(live.id in known for live in now):
            return failures
        if stuck:
            self._notice("what did not go inside the cluster goes with it; what it held in AWS is found by tags")
            self._connection.access.shut()
        again = deletable(discover(self._run, KINDS, self._connection.pool))
        return self._again([*again, *now])

    def sweep(self) -> dict[str, Exception]:
        """Look once more, a minute later: for what was written or made while the rest went away."""
        if not any(live.kind == "eks_cluster" for live in self.outcome.removed):
            return {}
        self._notice("looking again in a minute: EKS may write its log group once more after the cluster is gone")
        self._run.clock.sleep(SWEEP_AFTER)
        again = deletable(discover(self._run, KINDS, self._connection.pool))
        known = {identity for identity, _ in self.outcome.failures} | set(self.outcome.blocked)
        fresh = [live for live in (*again, *self.byproducts()) if live.identity not in known]
        return self._again(fresh) if fresh else {}

    def _again(self, lives: Sequence[Live]) -> dict[str, Exception]:
        outcome = Outcome()
        failures = self.remove(lives, outcome)
        outcome.removed[:0] = self.outcome.removed
        self.outcome = outcome
        return failures

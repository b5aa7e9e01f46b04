"""The proof of destroy: look at every service we touch, and name what is left, why, and what it costs."""

from collections.abc import Mapping, Sequence

from eksgpu.aws import KINDS
from eksgpu.aws.byproducts import look
from eksgpu.aws.holders import Held, holders
from eksgpu.aws.kms_key import KmsKey
from eksgpu.engine.execute import Outcome
from eksgpu.engine.resource import Live, State
from eksgpu.engine.schedule import remove_key
from eksgpu.kube import KINDS as INSIDE

from .connect import Connection
from .discover import discover_outside, look_inside
from .ours import byproducts, deletable, leftovers
from .prepare import BY_NAME
from .report import DestroyReport, Left, Scheduled


def proof(
    connection: Connection, outcome: Outcome, failures: Mapping[str, Exception], *, vpcs: Sequence[str]
) -> DestroyReport:
    """What the account still holds of this cluster.

    failures: what went wrong, by identity.
    vpcs:     ids of the VPCs that were ours; what stands in one that is still there is named too.
    """
    run = connection.run
    connection.access.close()  # the way in may be gone with its cluster: look anew
    gather = discover_outside(connection, KINDS)
    inside, made_for_us = (*INSIDE, *leftovers(run)), byproducts(run)
    within = look_inside(connection, inside).found
    ours = [*deletable(gather()), *within]
    looks = [look(run, kind) for kind in made_for_us]
    made = [live for found in looks for live in found.lives]
    still = [vpc for vpc in vpcs if any(live.id == vpc for live in ours)]
    foreign = holders(run, still, {live.id for live in (*ours, *made)})
    causes_first = sorted((*ours, *made), key=lambda live: live.identity not in failures)
    left = [_left(live, outcome, failures, foreign) for live in causes_first if live.state is not State.GONE]
    left += [Left(held.kind, held.id, held.why, held.usd_per_day) for held in foreign]
    left += [Left(found.kind.kind, "", f"not looked for: {found.denied}", 0.0) for found in looks if found.denied]
    return DestroyReport(
        caller=connection.caller,
        deleted=tuple((live.kind, live.name, live.id) for live in outcome.removed),
        left=tuple(left),
        scheduled=tuple(Scheduled("kms_key", arn, when) for arn, when in KmsKey.pending(run)),
        calls=connection.calls(),
        seconds=connection.seconds(),
        looked_at=tuple(kind.kind for kind in (*KINDS, *made_for_us, *inside)),
    )


def _left(live: Live, outcome: Outcome, failures: Mapping[str, Exception], foreign: Sequence[Held]) -> Left:
    failure = failures.get(live.identity)
    if live.kind == "volume" and failure is None:
        why = "kept: it holds data; delete it with --delete-volumes"
    elif failure is not None:
        why = str(failure)
    elif first := _failed_before(live, outcome, failures):
        why = f"not tried: {', '.join(first)} has to go first"
    elif foreign:
        why = "held by " + ", ".join(f"{held.kind} {held.id}" for held in foreign[:5])
    else:
        why = "something that it needs to go first is still there"
    return Left(live.kind, live.id, why, BY_NAME[live.kind].usd_per_day(live))


def _failed_before(live: Live, outcome: Outcome, failures: Mapping[str, Exception]) -> list[str]:
    """What had to go before it and failed to, by identity."""
    found: set[str] = set()
    seen: set[str] = set()
    todo = [remove_key(live)]
    while todo:
        fresh = outcome.needs.get(todo.pop(), set()) - seen
        seen |= fresh
        todo.extend(fresh)
        found |= {key.split(" ")[1] for key in fresh}
    return sorted(found & failures.keys())

"""The proof of destroy: look at every service we touch, and name what is left, why, and what it costs."""

from collections.abc import Mapping, Sequence

from eksgpu.aws import KEPT, KINDS
from eksgpu.aws.byproducts import BYPRODUCTS, look
from eksgpu.aws.holders import Held, holders
from eksgpu.aws.kms_key import KmsKey
from eksgpu.engine.execute import Outcome
from eksgpu.engine.resource import Live, State

from .connect import Connection
from .discover import discover
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
    ours = [live for live in discover(run, KINDS, connection.pool) if live.kind not in KEPT]
    looks = [look(run, kind) for kind in BYPRODUCTS]
    made = [live for found in looks for live in found.lives]
    still = [vpc for vpc in vpcs if any(live.id == vpc for live in ours)]
    foreign = holders(run, still, {live.id for live in (*ours, *made)})
    left = [_left(live, failures, foreign) for live in (*ours, *made) if live.state is not State.GONE]
    left += [Left(held.kind, held.id, held.why, held.usd_per_day) for held in foreign]
    left += [Left(found.kind.kind, "", f"not looked for: {found.denied}", 0.0) for found in looks if found.denied]
    return DestroyReport(
        caller=connection.caller,
        deleted=tuple((live.kind, live.name, live.id) for live in outcome.removed),
        left=tuple(left),
        scheduled=tuple(Scheduled("kms_key", arn, when) for arn, when in KmsKey.pending(run)),
        calls=connection.calls(),
        seconds=connection.seconds(),
        looked_at=tuple(kind.kind for kind in (*KINDS, *BYPRODUCTS)),
    )


def _left(live: Live, failures: Mapping[str, Exception], foreign: Sequence[Held]) -> Left:
    failure = failures.get(live.identity)
    if live.kind == "volume" and failure is None:
        why = "kept: it holds data; delete it with --delete-volumes"
    elif failure is not None:
        why = str(failure)
    elif foreign:
        why = "held by " + ", ".join(f"{held.kind} {held.id}" for held in foreign[:5])
    else:
        why = "something that it needs to go first is still there"
    return Left(live.kind, live.id, why, BY_NAME[live.kind].usd_per_day(live))

"""What waiting does not help: a VPC, or a part of it, that something holds which is not ours and does not go by itself.

Destroy asks here when a deletion has been refused for a while. Everybody who asks within a minute shares one answer.
"""

from collections.abc import Collection

from .byproducts import BYPRODUCTS, look
from .holders import Held, holders
from .run import AwsRun

SHARED_SECONDS = 60
ADDRESSED = frozenset({"instance", "load_balancer", "nat_gateway", "network_interface"})


def in_the_way(run: AwsRun, vpc: str, id_: str, kinds: Collection[str] = ()) -> str | None:
    """What keeps the object `id_` of a VPC for good, in one clause; None when nothing is known to.

    kinds: the only kinds of holders that matter to it; empty for all.
    """
    minute = int(run.clock.monotonic() // SHARED_SECONDS)
    found: list[Held] = run.aws.once(f"in the way in {vpc}, minute {minute}", lambda: _lasting(run, vpc))
    names = [f"{held.kind} {held.id}" for held in found if id_ in held.holds and (not kinds or held.kind in kinds)]
    return f"held by {', '.join(names)}, which is not ours" if names else None


def _lasting(run: AwsRun, vpc: str) -> list[Held]:
    ours = {live.id for kind in BYPRODUCTS for live in look(run, kind).lives}
    return [held for held in holders(run, [vpc], ours) if not held.passing]

"""What destroy may take away: of a cluster of ours all that hangs on it, of one that is there already only our own.

What the controllers of such a cluster made, its Services and its pools are its owner's; the instances of our own pools
go with them, since its Karpenter runs on.
"""

from collections.abc import Iterable

from eksgpu.aws import KEPT
from eksgpu.aws.byproducts import BYPRODUCTS
from eksgpu.aws.byproducts.volume import Volume
from eksgpu.aws.run import AwsRun
from eksgpu.engine.resource import Deletable, Live
from eksgpu.kube import LEFTOVERS
from eksgpu.kube.drained import DrainedObject


def deletable(lives: Iterable[Live]) -> list[Live]:
    """Without what the rest of the account relies on, and without what is somebody else's."""
    return [live for live in lives if live.kind not in KEPT and not live.shared]


def byproducts(run: AwsRun, *, volumes: bool = True) -> tuple[type[Deletable], ...]:
    """Kinds of what controllers made, which only a cluster of ours takes with it; volumes hold data of its users."""
    if run.existing:
        return ()
    return tuple(kind for kind in BYPRODUCTS if volumes or kind is not Volume)


def leftovers(run: AwsRun) -> tuple[type[Deletable], ...]:
    """Kinds of what is left in the cluster; only one of ours is drained of what others put there."""
    return tuple(kind for kind in LEFTOVERS if not (run.existing and kind is DrainedObject))

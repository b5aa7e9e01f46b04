"""The live cluster of a verb that works in one: found, and answering, or an error that says what is missing."""

from eksgpu.aws.eks_cluster import EksCluster
from eksgpu.engine.resource import Live
from eksgpu.errors import EksgpuError
from eksgpu.kube.run import Kube

from .connect import Connection


def living(connection: Connection) -> Live:
    """The EKS cluster. Raises EksgpuError where there is none of ours, or one that has no endpoint yet."""
    caller = connection.caller
    live = next(iter(EksCluster.discover(connection.run)), None)
    if live is None:
        raise EksgpuError(
            f"there is no cluster {caller.cluster} in {caller.region} (account {caller.account})",
            hint="make it with `eksgpu apply`",
        )
    if not live.outputs.get("endpoint"):
        raise EksgpuError(
            f"cluster {caller.cluster} is {live.state} and has no endpoint yet", hint="try again when apply is through"
        )
    return live


def reached(connection: Connection) -> Kube:
    """The way into it. Raises EksgpuError as above, and for a cluster that is failed or being deleted."""
    live = living(connection)
    kube = connection.access.offered([live])
    if kube is None:
        why = f": {live.reason}" if live.reason else ""
        raise EksgpuError(f"cluster {connection.caller.cluster} is {live.state}{why}: its API is not asked")
    return kube

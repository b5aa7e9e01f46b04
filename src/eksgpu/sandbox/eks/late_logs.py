"""The log group that EKS makes by itself: /aws/eks/NAME/cluster, without tags or retention, whenever it has to write.

A living cluster with logging on keeps the group; after its deletion the last lines arrive up to a minute late and make
the group again if somebody was quicker. Source: terraform-aws-modules/terraform-aws-eks issues 920, 2446, 2763.
"""

from eksgpu.sandbox import moto_bridge
from eksgpu.sandbox.ec2.backend import later
from eksgpu.sandbox.eks.state import Cluster, Eks
from eksgpu.sandbox.overlay import settles
from eksgpu.sandbox.world import World


@settles
def late_log_writes(world: World, region: str) -> None:
    """Let the living clusters of a region write, before anybody looks."""
    state = world.state(Eks, region)
    for cluster in state.clusters.values():
        if cluster.ever_active:
            write_now(state, cluster)


def write_now(state: Eks, cluster: Cluster) -> None:
    """Write control-plane logs, which makes the group when logging is on and it is absent."""
    if _logs(cluster):
        _make_group(state, cluster.name)


def write_once_more(state: Eks, cluster: Cluster) -> None:
    """Have the last lines of a deleted cluster arrive within the minute."""
    if _logs(cluster) and state.world.options.get("late_log_writes", True):
        delay = state.world.durations.seconds("logs:log-group:late-write")
        later(state.world, state.region, delay, lambda: _make_group(state, cluster.name))


def _logs(cluster: Cluster) -> bool:
    return any(group["enabled"] for group in cluster.fields["logging"]["clusterLogging"])


def _make_group(state: Eks, cluster: str) -> None:
    logs = moto_bridge.backend("logs", state.world.account, state.region)
    name = f"/aws/eks/{cluster}/cluster"
    if name not in logs.groups:
        logs.create_log_group(name, {})

"""DeleteCluster: what stands in its way, and what goes with the cluster when it is gone.

Everything inside (add-ons, access entries, associations) goes at once with it; what others made in the VPC stays.
"""

from typing import Any

from eksgpu.sandbox.ec2.backend import later
from eksgpu.sandbox.eks import control_plane, refusals
from eksgpu.sandbox.eks.clusters import described
from eksgpu.sandbox.eks.front import eks
from eksgpu.sandbox.eks.state import cluster_of, eks_of
from eksgpu.sandbox.overlay import Call


@eks("DeleteCluster")
def delete_cluster(call: Call) -> dict[str, Any]:
    state, cluster = eks_of(call), cluster_of(call)
    if cluster.status == "DELETING":
        return {"cluster": described(state, cluster)}
    if cluster.fields["deletionProtection"]:
        raise refusals.bad_request(
            f"Cannot delete cluster {cluster.name} because deletion protection is enabled on it",
            clusterName=cluster.name,
        )
    if cluster.nodegroups:
        raise refusals.in_use("Cluster has nodegroups attached", clusterName=cluster.name)
    if cluster.status in ("CREATING", "UPDATING"):
        raise refusals.delete_during_update(cluster.name)
    cluster.status = "DELETING"
    later(
        call.world, call.region, call.world.durations.seconds("eks:cluster:delete"),
        lambda: control_plane.take_down(state, cluster),
    )  # fmt: skip
    return {"cluster": described(state, cluster)}

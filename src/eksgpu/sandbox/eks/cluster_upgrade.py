"""UpdateClusterVersion: one minor version up, never down, and not past what the nodes may lag behind.

The control plane's interfaces are replaced on the way. Source: EKS user guide, "update-cluster".
"""

from typing import Any

from eksgpu.sandbox.eks import control_plane, data, refusals
from eksgpu.sandbox.eks.cluster_config import check_free, start
from eksgpu.sandbox.eks.front import eks
from eksgpu.sandbox.eks.state import Cluster, Eks, cluster_of, eks_of
from eksgpu.sandbox.eks.updates import sent_again
from eksgpu.sandbox.overlay import Call

# Kubernetes lets a kubelet be this many minor versions older than the API server.
_SKEW = 3


@eks("UpdateClusterVersion")
def update_cluster_version(call: Call) -> dict[str, Any]:
    state, cluster, version = eks_of(call), cluster_of(call), call.params["version"]
    again = sent_again(call, cluster)
    if again is not None:
        return {"update": again}
    check_free(cluster, "VersionUpdate")
    if not data.creatable(version, call.world.clock.now()):
        raise refusals.invalid("unsupported Kubernetes version")
    if data.minor(version) != data.minor(cluster.version) + 1:
        raise refusals.invalid(f"Unsupported Kubernetes minor version update from {cluster.version} to {version}")
    _check_nodes(cluster, version)
    desired = {"version": version}
    return {"update": start(call, cluster, "VersionUpdate", desired, lambda: _apply(state, cluster, version))}


def _check_nodes(cluster: Cluster, version: str) -> None:
    behind = [
        nodegroup.name
        for nodegroup in cluster.nodegroups.values()
        if data.minor(version) - data.minor(nodegroup.fields["version"]) > _SKEW
    ]
    if behind:
        raise refusals.bad_request(
            f"Nodegroups {', '.join(behind)} must be updated to match cluster version {cluster.version} before "
            "updating cluster version",
            clusterName=cluster.name,
        )


def _apply(state: Eks, cluster: Cluster, version: str) -> None:
    cluster.fields["version"] = version
    cluster.fields["platformVersion"] = data.table("eks_versions")["versions"][version]["platform"]
    control_plane.place_interfaces(state, cluster)

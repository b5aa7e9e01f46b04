"""What is added to a cluster that is there already: node groups, pools and what runs on their nodes. Row 001-02.

The cluster itself stands in the graph as somebody else's: others refer to it, and nothing changes it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from eksgpu.aws.access_entry import AccessEntry
from eksgpu.aws.eks_cluster import EksCluster
from eksgpu.components.site import CLUSTER, Site
from eksgpu.engine.refs import Ref
from eksgpu.engine.resource import Resource
from eksgpu.errors import PlanRefused
from eksgpu.facts.found import FoundCluster
from eksgpu.spec.models import GpuCluster

from . import sharing
from .identity import NODE_ROLE, node_roles
from .node_groups import node_groups
from .place import CLUSTER_GROUP, Place, by_zone

PLUGIN = "nvidia-device-plugin"


def beside(cluster: FoundCluster) -> Place:
    """In the subnets of the cluster; Karpenter's nodes where those of its own pools stand."""
    karpenter = cluster.karpenter
    every = tuple(one.id for one in cluster.network.subnets)
    return Place(
        subnets=by_zone(cluster.network),
        pool_subnets=(karpenter.subnets if karpenter is not None else ()) or every,
        security_groups=(CLUSTER_GROUP,),
        pool_groups=(karpenter.security_groups if karpenter is not None else ()) or (CLUSTER_GROUP,),
        pool_role=karpenter.node_role if karpenter is not None else "",
        way_out=(Ref("access_entry/node"),),
    )


def refuse(spec: GpuCluster, cluster: FoundCluster) -> None:
    """Raises PlanRefused for what cannot be added to this cluster, with the way that is left."""
    body, karpenter = spec.spec, cluster.karpenter
    if body.node_pools and karpenter is None:
        raise PlanRefused(
            f"nodePools: cluster {cluster.name} runs no Karpenter, which would make their nodes",
            hint="write them as nodeGroups, which need none: {name: gpu, gpu: {name: t4, count: 1}, desired: 1}",
        )
    if body.node_pools and karpenter is not None and not karpenter.node_role:
        raise PlanRefused(
            f"nodePools: which role Karpenter of cluster {cluster.name} may hand to its nodes could not be found",
            hint="name it: cluster.nodeRole",
        )
    plans = sharing.plans(body)
    gates = {plan.gate for plan in plans.values() if plan.gate is not None}
    closed = [
        gate for gate in sorted(gates) if karpenter is None or not karpenter.gates.get(gate[0].upper() + gate[1:])
    ]
    if closed:
        raise PlanRefused(
            f"sharing on a node pool needs Karpenter's feature gate {closed[0]}, which is off in cluster "
            f"{cluster.name}: Karpenter would count whole GPUs and start a node for each slice",
            hint="open the gate there, give the pool a fixed number of nodes (replicas), or share on a node group",
        )
    if cluster.plugins and plans:
        one = cluster.plugins[0]
        raise PlanRefused(
            f"sharing needs a device plugin of ours, and {one.namespace}/{one.name} ({one.image}, by {one.by}) "
            f"already advertises the GPUs of cluster {cluster.name}: two on one node contradict each other",
            hint="keep it off the nodes of these pools, or take it away first",
        )


def what_is_added(site: Site, spec: GpuCluster, cluster: FoundCluster, place: Place) -> Iterator[Resource]:
    """AWS's half, with the cluster itself as somebody else's."""
    yield EksCluster("main", role="", subnets=(), shared=True)
    yield from node_roles(site, spec)
    if spec.spec.node_groups and cluster.entries:
        # EKS would make it too, and leave it behind when the groups are gone.
        yield AccessEntry("node", cluster=CLUSTER, principal=NODE_ROLE, type="EC2_LINUX", tags=site.tags)
    yield from node_groups(site, spec, place, upgrading=False)


def standing(resources: Iterable[Resource], cluster: FoundCluster) -> tuple[Resource, ...]:
    """Without waiting for what the cluster has already, and without a second device plugin."""
    kept = [one for one in resources if not (cluster.plugins and PLUGIN in one.name)]
    names = {one.identity for one in kept}
    return tuple(replace(one, after=_known(one.after, names)) for one in kept)


def _known(after: tuple[Ref, ...], names: set[str]) -> tuple[Ref, ...]:
    return tuple(ref for ref in after if ref.target in names)

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
from eksgpu.facts.model import Facts
from eksgpu.spec.models import ExistingNodes, GpuCluster
from eksgpu.spec.shared import needs_plugin, shared

from . import sharing
from .existing_nodes import refuse_nodes
from .identity import NODE_ROLE, node_roles
from .kubernetes import needed_gates
from .node_groups import node_groups
from .place import CLUSTER_GROUP, Place, by_zone
from .their_plugins import on_ours, said


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
            hint="write them as nodeGroups, which need none and may have sharing too: {name: gpu, gpu: {name: t4, "
            "count: 1}, desired: 1}; or share the GPUs of nodes that are there: existingNodes",
        )
    if body.node_pools and karpenter is not None and not karpenter.node_role:
        raise PlanRefused(
            f"nodePools: which role Karpenter of cluster {cluster.name} may hand to its nodes could not be found",
            hint="name it: cluster.nodeRole",
        )
    refuse_nodes(spec, cluster)
    _refuse_sharing(spec, cluster)
    _refuse_gates(spec, cluster)


def _refuse_sharing(spec: GpuCluster, cluster: FoundCluster) -> None:
    """By the Karpenter that runs there, and by the device plugins."""
    try:
        plans = shared(spec.spec, cluster.there)
    except PlanRefused as refused:
        message = f"{refused.message}\nThat is the Karpenter of cluster {cluster.name}, which is left as it is."
        raise PlanRefused(message, hint=refused.hint) from refused
    for one in plans:
        if isinstance(one.owner, ExistingNodes) or not needs_plugin(one.owner) or one.plan.config is None:
            continue
        plugin = on_ours(cluster, one.owner, sharing.labels(one.owner, one.plan))
        if plugin is not None:
            raise PlanRefused(
                f"{one.where.removeprefix('spec.')}: sharing needs a device plugin of ours, and {said(plugin)} comes "
                "onto these nodes too: two on one node contradict each other",
                hint="keep it off them by its nodeAffinity; or write components: {nvidiaDevicePlugin: false} and tell "
                "that plugin itself to share",
            )


def _refuse_gates(spec: GpuCluster, cluster: FoundCluster) -> None:
    """Features of Karpenter that pools need besides, and that nobody here may turn on."""
    if cluster.karpenter is None:
        return
    off = cluster.karpenter.controller.gates_off
    for gate, why in needed_gates(spec.spec).items():
        if gate in off:
            message = f"{why}, for which Karpenter's feature gate {gate} must be on, and it is off in {cluster.name}"
            raise PlanRefused(message, hint="turn it on there, or make it a node group, which needs no Karpenter")


def what_is_added(
    site: Site, spec: GpuCluster, cluster: FoundCluster, facts: Facts, place: Place
) -> Iterator[Resource]:
    """AWS's half, with the cluster itself as somebody else's."""
    yield EksCluster("main", role="", subnets=(), shared=True)
    yield from node_roles(site, spec)
    if spec.spec.node_groups and cluster.entries:
        # EKS would make it too, and leave it behind when the groups are gone.
        yield AccessEntry("node", cluster=CLUSTER, principal=NODE_ROLE, type="EC2_LINUX", tags=site.tags)
    yield from node_groups(site, spec, facts, place, upgrading=False)


def standing(resources: Iterable[Resource]) -> tuple[Resource, ...]:
    """Without waiting for what the cluster has already."""
    kept = tuple(resources)
    names = {one.identity for one in kept}
    return tuple(replace(one, after=_known(one.after, names)) for one in kept)


def _known(after: tuple[Ref, ...], names: set[str]) -> tuple[Ref, ...]:
    return tuple(ref for ref in after if ref.target in names)

"""Plans for sharing GPUs, written down where they belong: user data, labels, overlays, the device plugin, metrics.

Rows 001-03, 001-10, 004-03. Each function says one place's part of a plan; the plans themselves are `spec/shared`.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from eksgpu.components.chart import merged
from eksgpu.components.dcgm_exporter import dcgm_exporter
from eksgpu.components.mig_geometry import mig_script
from eksgpu.components.node_overlays import node_overlay
from eksgpu.components.nvidia_device_plugin import config_map, nvidia_device_plugin, plugin_of_existing_nodes
from eksgpu.components.nvidia_plugin_pod import AMAZON_LINUX, GPU_PRESENT, Nodes
from eksgpu.components.site import CLUSTER
from eksgpu.engine.refs import Ref
from eksgpu.facts.found import FoundCluster
from eksgpu.kube.object import KubeObject
from eksgpu.scheduling.labels import NODE_POOL
from eksgpu.scheduling.sharing.plan import SharingPlan
from eksgpu.scheduling.sharing.plugin import WHOLE_GPUS
from eksgpu.scheduling.sharing.selection import DEFAULT_KEY
from eksgpu.spec.models import ClusterSpec, ExistingNodes, NodeGroup, NodePool
from eksgpu.spec.shared import needs_plugin, shared

from .their_plugins import on_ours

GPU_GROUP = "eksgpu.dev/gpu"
"""On node groups with GPUs: Karpenter's own labels say it on its nodes, and on Bottlerocket's groups nothing does."""


def plans(body: ClusterSpec) -> dict[str, SharingPlan]:
    """The plan of every pool and group that shares, by its path in the spec. Raises PlanRefused."""
    return {one.where: one.plan for one in shared(body)}


def pool_plan(known: Mapping[str, SharingPlan], pool: NodePool) -> SharingPlan | None:
    return known.get(f"spec.nodePools[{pool.name}]")


def group_plan(known: Mapping[str, SharingPlan], group: NodeGroup) -> SharingPlan | None:
    return known.get(f"spec.nodeGroups[{group.name}]")


def labels(owner: NodePool | NodeGroup, plan: SharingPlan | None) -> dict[str, str]:
    """What its nodes carry from their first moment, so that the plugin runs there and finds its configuration."""
    present = {GPU_PRESENT: "true"} if needs_plugin(owner) else {}
    return {**present, **(plan.labels if plan is not None else {})}


def settings(plan: SharingPlan | None, given: Mapping[str, Any]) -> dict[str, Any]:
    """Bottlerocket's settings, or a NodeConfig's spec: the plan's, with the user's own on top."""
    return merged(plan.settings if plan is not None else {}, given)


def scripts(plan: SharingPlan | None) -> tuple[str, ...]:
    """What Amazon Linux runs before its kubelet starts."""
    if plan is None or plan.cut is None:
        return ()
    return (mig_script(plan.cut.gpus, exact=plan.cut.exact),)


def limits(plan: SharingPlan | None, given: Mapping[str, str]) -> dict[str, str]:
    """A pool's limits as Karpenter charges them: in slices, where the spec counts GPUs."""
    if plan is None or "nvidia.com/gpu" not in given:
        return dict(given)
    others = {name: amount for name, amount in given.items() if name != "nvidia.com/gpu"}
    slices = plan.limits(int(given["nvidia.com/gpu"]))
    return {**others, **{name: str(count) for name, count in slices.items()}}


def overlays(plan: SharingPlan | None, after: tuple[Ref, ...]) -> Iterator[KubeObject]:
    """What Karpenter must know of a pool's nodes before there is the pool."""
    for one in plan.overlays if plan is not None else ():
        manifest = node_overlay(one.name, pool=one.pool, gpus=one.gpus, capacity=one.capacity, weight=one.weight)
        yield KubeObject.of(manifest, cluster=CLUSTER, after=after)


def programs(body: ClusterSpec, people: tuple[Ref, ...], cluster: FoundCluster | None = None) -> Iterator[KubeObject]:
    """The device plugin where any node needs it, and the exporter of metrics where it is asked for.

    cluster: one that is there already, whose other nodes are left alone.
    """
    exporter = body.components.dcgm_exporter
    yield from _chained(_plugins(body, cluster), people)
    if exporter is not None:
        yield from _chained(dcgm_exporter(version=exporter.version), people)


def _plugins(body: ClusterSpec, cluster: FoundCluster | None) -> Iterator[dict[str, Any]]:
    options = body.components.nvidia_device_plugin
    if options is False:
        return
    known = shared(body, cluster.there if cluster is not None else None)
    configs = {DEFAULT_KEY: WHOLE_GPUS}
    configs |= {one.plan.config_key: dict(one.plan.config) for one in known if one.plan.config_key and one.plan.config}
    version, owners = options.version if options is not None else "", _owners(body, cluster)
    theirs = [one for one in known if isinstance(one.owner, ExistingNodes)]
    if owners or (options is not None and cluster is None):
        mps = any(one.plan.mps_daemon for one in known if one not in theirs)
        nodes = AMAZON_LINUX if cluster is None else Nodes(AMAZON_LINUX.labels, tuple(_ours(owners)))
        yield from nvidia_device_plugin(configs, version=version, mps=mps, nodes=nodes)
    elif theirs:
        yield config_map(configs)
    for one in theirs:
        assert isinstance(one.owner, ExistingNodes)
        key, config = one.plan.config_key, one.plan.config
        assert key is not None
        assert config is not None
        yield from plugin_of_existing_nodes(
            one.owner.name, one.owner.labels, key, config, version=version, mps=one.plan.mps_daemon
        )


def _owners(body: ClusterSpec, cluster: FoundCluster | None) -> list[NodePool | NodeGroup]:
    """Whose nodes get no device plugin but ours."""
    every: tuple[NodePool | NodeGroup, ...] = (*body.node_pools, *body.node_groups)
    needing = [one for one in every if needs_plugin(one)]
    if cluster is None:
        return needing
    known = plans(body)
    return [one for one in needing if on_ours(cluster, one, labels(one, _plan_of(known, one))) is None]


def _plan_of(known: Mapping[str, SharingPlan], owner: NodePool | NodeGroup) -> SharingPlan | None:
    return pool_plan(known, owner) if isinstance(owner, NodePool) else group_plan(known, owner)


def _ours(owners: Iterable[NodePool | NodeGroup]) -> Iterator[dict[str, Any]]:
    """What tells nodes of ours from others: nodeadm puts gpu.present on everybody's. Source: nodeadm for 1.35."""
    pools = [one.name for one in owners if isinstance(one, NodePool)]
    if pools:
        yield {"key": NODE_POOL, "operator": "In", "values": pools}
    if any(isinstance(one, NodeGroup) for one in owners):
        yield {"key": GPU_GROUP, "operator": "In", "values": ["true"]}


def _chained(manifests: Iterator[dict[str, Any]], people: tuple[Ref, ...]) -> Iterator[KubeObject]:
    """Each after those before it: a plugin that starts without its configuration would show whole GPUs first."""
    before = people
    for manifest in manifests:
        one = KubeObject.of(manifest, cluster=CLUSTER, after=before)
        yield one
        before = (*before, Ref(one.identity))

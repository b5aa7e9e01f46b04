"""Plans for sharing GPUs, written down where they belong: user data, labels, overlays, the device plugin, metrics.

Rows 001-03, 001-10, 004-03. Each function says one place's part of a plan; the plans themselves are `spec/shared`.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from eksgpu.components.chart import merged
from eksgpu.components.dcgm_exporter import dcgm_exporter
from eksgpu.components.mig_geometry import mig_script
from eksgpu.components.node_overlays import node_overlay
from eksgpu.components.nvidia_device_plugin import GPU_PRESENT, nvidia_device_plugin
from eksgpu.components.site import CLUSTER
from eksgpu.engine.refs import Ref
from eksgpu.kube.object import KubeObject
from eksgpu.scheduling.sharing.plan import SharingPlan
from eksgpu.scheduling.sharing.plugin import WHOLE_GPUS
from eksgpu.scheduling.sharing.selection import DEFAULT_KEY
from eksgpu.spec.models import ClusterSpec, NodeGroup, NodePool
from eksgpu.spec.shared import needs_plugin, shared

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


def programs(body: ClusterSpec, people: tuple[Ref, ...]) -> Iterator[KubeObject]:
    """The device plugin where any node needs it, and the exporter of metrics where it is asked for."""
    options, exporter = body.components.nvidia_device_plugin, body.components.dcgm_exporter
    owners: tuple[NodePool | NodeGroup, ...] = (*body.node_pools, *body.node_groups)
    if options is not None or any(needs_plugin(owner) for owner in owners):
        known = plans(body).values()
        configs = {DEFAULT_KEY: WHOLE_GPUS}
        configs |= {one.config_key: dict(one.config) for one in known if one.config_key and one.config}
        version = options.version if options is not None else ""
        yield from _chained(
            nvidia_device_plugin(configs, version=version, mps=any(one.mps_daemon for one in known)), people
        )
    if exporter is not None:
        yield from _chained(dcgm_exporter(version=exporter.version), people)


def _chained(manifests: Iterator[dict[str, Any]], people: tuple[Ref, ...]) -> Iterator[KubeObject]:
    """Each after those before it: a plugin that starts without its configuration would show whole GPUs first."""
    before = people
    for manifest in manifests:
        one = KubeObject.of(manifest, cluster=CLUSTER, after=before)
        yield one
        before = (*before, Ref(one.identity))

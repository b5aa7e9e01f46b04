"""The plan for sharing: one immutable record from which every place that must agree is written.

The plugin's configuration, the label that selects it, the name that pods ask for, the overlays that Karpenter plans
with, the tags that the Cluster Autoscaler reads, the geometry of MIG and what a node must show in the end: each follows
from the same wish and the same instance types, so none can say something else.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from eksgpu.catalog.instance import InstanceType
from eksgpu.catalog.mig import Layout
from eksgpu.errors import PlanRefused
from eksgpu.scheduling.resources import NVIDIA_GPU

from .autoscaler_rules import GATES
from .overlays import Overlay, overlays
from .plugin import bottlerocket_settings, plugin_config
from .refusal import Refusal
from .rules import refusals
from .selection import key, selected
from .slices import advertised, geometry_of, layouts
from .tags import template_tags
from .wish import Host, Kind, Strategy, Wish

_TOLERATIONS = ({"key": NVIDIA_GPU, "operator": "Exists", "effect": "NoSchedule"},)
"""EKS adds it to pods that ask for nvidia.com/gpu, and to no pod that asks for a slice under another name."""


@dataclass(frozen=True)
class Cut:
    """MIG's geometry of a node.

    gpus:  for each GPU its instances as (profile, first memory slice), the largest first; one entry holds for all.
    exact: the places are NVIDIA's own; else the driver chooses them.
    """

    gpus: tuple[tuple[tuple[str, int], ...], ...]
    exact: bool


@dataclass(frozen=True)
class SharingPlan:
    """Everything that follows from a wish.

    resources:     what pods ask for; several only where MIG makes slices of several sizes.
    tolerations:   what pods must bear in their own words; none where slices go by the name for which EKS adds it.
    config_key, config: the plugin's configuration and its name in the config map; None on Bottlerocket.
    settings:      Bottlerocket's `settings` in its place; empty on AL2023.
    labels:        what nodes carry from their first moment.
    overlays:      for Karpenter, one per number of GPUs; empty where nothing is simulated.
    gate:          the feature gate of Karpenter that must be on; None without Karpenter.
    tags:          on a node group, for the Cluster Autoscaler.
    cut:           for AL2023's user data, before the kubelet starts; None without MIG or where settings do it.
    mps_daemon:    must MPS's control daemon run as a DaemonSet?
    allocatable:   instance type → what a node must show.
    gpus:          instance type → GPUs of a node.
    """

    wish: Wish
    host: str
    resources: tuple[str, ...]
    tolerations: tuple[Mapping[str, str], ...]
    config_key: str | None
    config: Mapping[str, Any] | None
    settings: Mapping[str, Any]
    labels: Mapping[str, str]
    overlays: tuple[Overlay, ...]
    gate: str | None
    tags: Mapping[str, str]
    cut: Cut | None
    mps_daemon: bool
    allocatable: Mapping[str, Mapping[str, int]]
    gpus: Mapping[str, int]

    @property
    def renamed(self) -> bool:
        """Do nodes show no nvidia.com/gpu at all?"""
        return NVIDIA_GPU not in self.resources

    @property
    def accelerator_label_allowed(self) -> bool:
        """May a node group carry `k8s.amazonaws.com/accelerator`?

        The Cluster Autoscaler takes a node with it for unready until it shows nvidia.com/gpu: for ever, where slices
        have another name. Source: autoscaler 1.36.1, gpu_processor.go.
        """
        return not self.renamed

    def limits(self, gpus: int) -> dict[str, int]:
        """A pool's limit of so many GPUs, in what its nodes advertise: Karpenter charges limits with the overlay."""
        shares = [
            {name: count * gpus // self.gpus[item] for name, count in advertises.items()}
            for item, advertises in self.allocatable.items()
        ]
        return {name: max(share.get(name, 0) for share in shares) for name in self.resources}


def plan_sharing(wish: Wish, host: Host) -> SharingPlan:
    """The plan. Raises PlanRefused with every reason when the GPUs cannot be shared so."""
    reasons = refusals(wish, host)
    if reasons:
        raise PlanRefused(
            "\n".join(f"{host.name}: {one.message}" for one in reasons), hint="; ".join(one.hint for one in reasons)
        )
    allocatable = {item.name: advertised(wish, item) for item in host.types}
    resources = tuple(dict.fromkeys(name for counts in allocatable.values() for name in counts))
    own = not host.bottlerocket
    return SharingPlan(
        wish=wish,
        host=host.name,
        resources=resources,
        tolerations=() if NVIDIA_GPU in resources else _TOLERATIONS,
        config_key=key(wish) if own else None,
        config=plugin_config(wish) if own else None,
        settings={} if own else bottlerocket_settings(wish, host),
        labels=selected(wish, host),
        overlays=overlays(wish, host) if host.kind is Kind.NODE_POOL else (),
        gate=GATES.get(host.kind),
        tags=template_tags(allocatable[host.types[0].name]) if host.kind is Kind.NODE_GROUP else {},
        cut=_cut(wish, host.types[0]) if own and wish.strategy is Strategy.MIG else None,
        mps_daemon=own and wish.strategy is Strategy.MPS,
        allocatable=allocatable,
        gpus={item.name: item.gpu_count for item in host.types},
    )


def clash(plans: Mapping[str, SharingPlan | None]) -> Refusal | None:
    """Pools that share one EC2NodeClass share its user data. Why these (None: a pool without sharing) cannot."""
    parts = {name: (plan.settings, plan.cut) if plan else ({}, None) for name, plan in plans.items()}
    names = list(parts)
    other = next((name for name in names[1:] if parts[name] != parts[names[0]]), None)
    if other is None:
        return None
    message = f"{names[0]} and {other} make nodes from one EC2NodeClass, whose user data shares GPUs in one way alone"
    return Refusal("two-strategies", "strategy", message, "give each pool a nodeClass of its own")


def _cut(wish: Wish, item: InstanceType) -> Cut:
    geometry = geometry_of(item)
    assert geometry is not None, f"{item.name} has no MIG"
    wanted: tuple[Layout, ...] = layouts(wish, geometry, item.gpu_count)
    if all(layout == wanted[0] for layout in wanted):
        wanted = wanted[:1]
    placed = (geometry.placed(layout) for layout in wanted)
    return Cut(tuple(one for one in placed if one is not None), geometry.documented)

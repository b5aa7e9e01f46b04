"""Do all places say what the plan says? Each that does not is named, with what it makes go wrong.

The places are handed in as they really are, as plain manifests and values, by whoever may look at a cluster. What was
not looked at is None and is not judged.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from eksgpu.catalog.instance import InstanceType, instances
from eksgpu.scheduling.labels import whole_gpus
from eksgpu.scheduling.offering import Candidate, type_requirements
from eksgpu.scheduling.overlay import conflicting, fault, overlaid, overlay
from eksgpu.scheduling.resources import NVIDIA_GPU, amounts

from .plan import SharingPlan
from .wish import Kind


@dataclass(frozen=True)
class Seen:
    """What is there.

    configs:    the plugin's config map, each file parsed.
    mps_daemon: does MPS's control daemon run?
    labels:     that nodes get from their first moment: the NodePool's template, or the node group's.
    settings:   Bottlerocket's `settings` in the user data of the nodes.
    overlays:   NodeOverlay manifests, all of the cluster's.
    gates:      feature gates of Karpenter that are on.
    tags:       of the node group.
    limits:     of the NodePool.
    nodes:      node name → (instance type, allocatable).
    """

    configs: Mapping[str, Any] | None = None
    mps_daemon: bool | None = None
    labels: Mapping[str, str] | None = None
    settings: Mapping[str, Any] | None = None
    overlays: Sequence[Mapping[str, Any]] | None = None
    gates: frozenset[str] | None = None
    tags: Mapping[str, str] | None = None
    limits: Mapping[str, str] | None = None
    nodes: Mapping[str, tuple[str, Mapping[str, str]]] | None = None


@dataclass(frozen=True, slots=True)
class Disagreement:
    """`place`: config, mps, label, settings, overlay, gate, tag, limit or node; `message`: what it says and costs."""

    place: str
    message: str


def disagreements(plan: SharingPlan, kind: Kind, seen: Seen) -> tuple[Disagreement, ...]:
    """Every place that says something else; empty when all agree."""
    return (
        *_plugin(plan, seen),
        *_bottlerocket(plan, seen),
        *_karpenter(plan, kind, seen),
        *_group(plan, kind, seen),
        *_limits(plan, seen),
        *_nodes(plan, seen),
    )


def _plugin(plan: SharingPlan, seen: Seen) -> Iterator[Disagreement]:
    if seen.configs is not None and plan.config_key is not None:
        there = seen.configs.get(plan.config_key)
        if there is None:
            message = f"the plugin has no configuration {plan.config_key}: it never starts on nodes that select it"
            yield Disagreement("config", message)
        elif there != plan.config:
            yield Disagreement(
                "config", f"the plugin's configuration {plan.config_key} says {there}, not {plan.config}"
            )
    if seen.mps_daemon is False and plan.mps_daemon:
        yield Disagreement("mps", "MPS's control daemon does not run: the plugin waits for it and shows no GPU")
    for name, value in plan.labels.items() if seen.labels is not None else ():
        has = (seen.labels or {}).get(name)
        if has != value:
            what = f"is {has}" if has else "is missing"
            message = f"the nodes' label {name} {what}, not {value}: their plugin comes up with another configuration"
            yield Disagreement("label", message)


def _bottlerocket(plan: SharingPlan, seen: Seen) -> Iterator[Disagreement]:
    if seen.settings is None or not plan.settings:
        return
    for name, table in plan.settings.items():
        there = (seen.settings or {}).get(name)
        if there != table:
            yield Disagreement("settings", f"Bottlerocket's settings.{name} is {there}, not {table}")


def _karpenter(plan: SharingPlan, kind: Kind, seen: Seen) -> Iterator[Disagreement]:
    if seen.gates is not None and plan.gate is not None and plan.gate not in seen.gates:
        cost = "it goes on counting whole GPUs" if kind is Kind.NODE_POOL else "it makes no nodes for a static pool"
        yield Disagreement("gate", f"Karpenter's feature gate {plan.gate} is off: {cost}")
    if seen.overlays is None or kind is not Kind.NODE_POOL:
        return
    valid = [overlay(one) for one in seen.overlays if fault(one) is None]
    items = [instances()[name] for name in plan.allocatable]
    void = conflicting(valid, [type_requirements(item) for item in items])
    applied = [one for one in valid if one.name not in void]
    for one in overlaid(map(_bare, items), applied, pool=plan.host, labels=seen.labels or plan.labels):
        believed = {name: count for name, count in one.capacity.items() if count}
        wanted = plan.allocatable[one.item.name]
        if believed != wanted:
            clash = f" ({', '.join(sorted(void))} clash with others of the same weight)" if void else ""
            message = f"Karpenter takes a {one.item.name} to have {_said(believed)}, not {_said(wanted)}{clash}"
            yield Disagreement("overlay", message)


def _group(plan: SharingPlan, kind: Kind, seen: Seen) -> Iterator[Disagreement]:
    if seen.tags is None or kind is not Kind.NODE_GROUP:
        return
    for name, value in plan.tags.items():
        if seen.tags.get(name) != value:
            message = f"the tag {name} is {seen.tags.get(name, 'missing')}, not {value}"
            yield Disagreement("tag", f"{message}: the Cluster Autoscaler counts something else")


def _limits(plan: SharingPlan, seen: Seen) -> Iterator[Disagreement]:
    """A limit that was meant in GPUs stops the pool before its first node: Karpenter charges it with the slices."""
    limits = amounts({name: value for name, value in (seen.limits or {}).items() if name.startswith(NVIDIA_GPU)})
    for name, most in limits.items():
        if name not in plan.resources:
            yield Disagreement(
                "limit", f"the pool's limit {name}: {most} limits nothing: its nodes have {plan.resources[0]}"
            )
            continue
        least = min((counts[name] for counts in plan.allocatable.values() if name in counts), default=0)
        if most < least:
            message = f"the pool's limit {name}: {most} is less than one node's {least} slices: no node ever comes"
            yield Disagreement("limit", message)


def _nodes(plan: SharingPlan, seen: Seen) -> Iterator[Disagreement]:
    for node, (item, allocatable) in (seen.nodes or {}).items():
        wanted = plan.allocatable.get(item)
        shown = amounts({name: count for name, count in allocatable.items() if name.startswith("nvidia.com/")})
        if wanted is not None and {name: count for name, count in shown.items() if count} != wanted:
            yield Disagreement("node", f"{node} shows {_said(shown)}, not {_said(wanted)}")


def _bare(item: InstanceType) -> Candidate:
    """A type with its GPUs alone."""
    gpus = {NVIDIA_GPU: whole_gpus(item)}
    return Candidate(item, type_requirements(item), gpus, gpus, ())


def _said(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts.items()) or "no GPU"

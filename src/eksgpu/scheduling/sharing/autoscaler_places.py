"""Places from which the autoscalers learn what a node will have: overlays, gate and limits of Karpenter, tags."""

from collections.abc import Iterator, Mapping
from typing import Any

from eksgpu.catalog.instance import InstanceType, instances
from eksgpu.scheduling import overlay as karpenter
from eksgpu.scheduling.labels import GPU_COUNT, NODE_POOL, whole_gpus
from eksgpu.scheduling.offering import Candidate, type_requirements
from eksgpu.scheduling.requirements import Requirements
from eksgpu.scheduling.resources import NVIDIA_GPU, amounts

from .overlays import Overlay
from .plan import SharingPlan
from .said import said
from .seen import Seen
from .wish import Kind

_DOMAIN = "nvidia.com/"


def overlays(plan: SharingPlan, kind: Kind, seen: Seen) -> Iterator[str]:
    """What Karpenter would take each type to have; then whether each overlay of ours is as it was written.

    The second finds what does no harm to this pool today: a selector that reaches another pool, a weight that waits
    for its rival.
    """
    if seen.overlays is None or kind is not Kind.NODE_POOL:
        return
    misjudged = tuple(_misjudged(plan, seen))
    yield from misjudged
    if misjudged:
        return
    there = {one["metadata"]["name"]: one for one in seen.overlays}
    for one in plan.overlays:
        if one.name not in there:
            yield f"there is no NodeOverlay {one.name}; another one says the same, and may change"
        else:
            yield from _rewritten(one, there[one.name])


def gate(plan: SharingPlan, kind: Kind, seen: Seen) -> Iterator[str]:
    """A gate that is off makes Karpenter deaf to overlays, or to pools with a number."""
    if seen.gates is not None and plan.gate is not None and plan.gate not in seen.gates:
        cost = "it goes on counting whole GPUs" if kind is Kind.NODE_POOL else "it makes no nodes for a static pool"
        yield f"Karpenter's feature gate {plan.gate} is off: {cost}"


def limit(plan: SharingPlan, _: Kind, seen: Seen) -> Iterator[str]:
    """A limit that was meant in GPUs stops the pool before its first node: Karpenter charges it with the slices."""
    if seen.limits is None:
        return
    wanted = plan.limits(seen.most_gpus) if seen.most_gpus is not None else {}
    there = amounts({name: value for name, value in seen.limits.items() if name.startswith(_DOMAIN)})
    for name, most in there.items():
        least = min((counts[name] for counts in plan.allocatable.values() if name in counts), default=None)
        if least is None:
            yield f"the pool's limit {name}: {most} limits nothing: its nodes have {', '.join(plan.resources)}"
        elif most < least:
            yield f"the pool's limit {name}: {most} is less than one node's {least} slices: no node ever comes"
        elif most != wanted.get(name):
            yield f"the pool's limit {name}: {most} is not what the spec says in slices, {_number(wanted.get(name))}"
    for name in (name for name in wanted if name not in there):
        yield f"the pool's limit {name}: {wanted[name]} is missing: it grows as long as pods ask"


def tag(plan: SharingPlan, kind: Kind, seen: Seen) -> Iterator[str]:
    """The Cluster Autoscaler plans with them while the group has no node."""
    if seen.tags is None or kind is not Kind.NODE_GROUP:
        return
    for name, value in plan.tags.items():
        if seen.tags.get(name) != value:
            there = seen.tags.get(name, "missing")
            yield f"the tag {name} is {there}, not {value}: the Cluster Autoscaler counts something else"


def _misjudged(plan: SharingPlan, seen: Seen) -> Iterator[str]:
    valid = [karpenter.overlay(one) for one in seen.overlays or () if karpenter.fault(one) is None]
    items = [instances()[name] for name in plan.allocatable]
    void = karpenter.conflicting(valid, [type_requirements(item) for item in items])
    applied = [one for one in valid if one.name not in void]
    labels = seen.labels if seen.labels is not None else plan.labels
    for one in karpenter.overlaid(map(_bare, items), applied, pool=plan.host, labels=labels):
        believed = {name: count for name, count in one.capacity.items() if count}
        wanted = plan.allocatable[one.item.name]
        if believed != wanted:
            clash = f" ({', '.join(sorted(void))} clash with others of the same weight)" if void else ""
            yield f"Karpenter takes a {one.item.name} to have {said(believed)}, not {said(wanted)}{clash}"


def _rewritten(wanted: Overlay, manifest: Mapping[str, Any]) -> Iterator[str]:
    there = karpenter.overlay(manifest)
    selector = Requirements.labels({NODE_POOL: wanted.pool, GPU_COUNT: str(wanted.gpus)})
    name = f"NodeOverlay {wanted.name}"
    if there.requirements != selector:
        yield f"{name} is for nodes with {there.requirements}, not {selector}: it speaks of other pools' nodes"
    if there.weight != wanted.weight:
        yield f"{name} has weight {there.weight}, not {wanted.weight}: of two with one weight, one is left out"
    if there.capacity != wanted.capacity:
        yield f"{name} says {said(there.capacity)}, not {said(wanted.capacity)}"


def _number(count: int | None) -> str:
    return "none" if count is None else str(count)


def _bare(item: InstanceType) -> Candidate:
    """A type with its GPUs alone."""
    gpus = {NVIDIA_GPU: whole_gpus(item)}
    return Candidate(item, type_requirements(item), gpus, gpus, ())

"""NodeOverlays: what Karpenter takes instance types to have, in place of what EC2 says. Prices are left out.

Source: kubernetes-sigs/karpenter v1.14, nodeoverlay controller and ApplyCapacityOverlay: a capacity replaces the one of
the same name; of two overlays the heavier wins; where weights are equal, the later one is not applied at all.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from .labels import NODE_POOL, WELL_KNOWN
from .offering import Candidate
from .requirements import Requirements
from .resources import Amounts, amounts

FORBIDDEN = frozenset(("cpu", "memory", "ephemeral-storage", "pods"))
"""Capacities that no overlay may name."""


@dataclass(frozen=True, slots=True)
class Overlay:
    """One NodeOverlay. `requirements` may name the pool, its template's labels and those of instance types."""

    name: str
    requirements: Requirements
    capacity: Amounts
    weight: int


def overlay(manifest: Mapping[str, Any]) -> Overlay:
    """A manifest as the scheduler sees it."""
    spec = manifest["spec"]
    wanted = Requirements.parse(spec["requirements"])
    return Overlay(manifest["metadata"]["name"], wanted, amounts(spec.get("capacity")), int(spec.get("weight") or 0))


def fault(manifest: Mapping[str, Any]) -> str | None:
    """Why an overlay is not valid by itself; None when it is."""
    wrong = sorted(FORBIDDEN & set(manifest["spec"].get("capacity") or ()))
    return f"invalid capacity: {', '.join(wrong)} in resource, restricted" if wrong else None


def conflicting(overlays: Iterable[Overlay], types: Sequence[Requirements]) -> frozenset[str]:
    """Names of the overlays that are not applied: another of the same weight says something of the same resource.

    types: the labels of the instance types that there are; two overlays must meet on one of them.
    """
    found: set[str] = set()
    kept: list[Overlay] = []
    for one in sorted(overlays, key=lambda one: (-one.weight, one.name)):
        if any(_clash(one, other, types) for other in kept):
            found.add(one.name)
        else:
            kept.append(one)
    return frozenset(found)


def overlaid(
    candidates: Iterable[Candidate], overlays: Iterable[Overlay], *, pool: str, labels: Mapping[str, str]
) -> tuple[Candidate, ...]:
    """The candidates as Karpenter takes them to be for a pool with these template labels."""
    of_pool = {**labels, NODE_POOL: pool}
    lightest_first = sorted(overlays, key=lambda one: one.weight)
    return tuple(_overlaid(one, lightest_first, of_pool) for one in candidates)


def _overlaid(candidate: Candidate, overlays: Sequence[Overlay], labels: Mapping[str, str]) -> Candidate:
    node = candidate.requirements.and_also(Requirements.labels(labels).values())
    said: dict[str, int] = {}
    for one in overlays:
        if node.refused(one.requirements, WELL_KNOWN - {NODE_POOL}) is None:
            said |= one.capacity
    if not said:
        return candidate
    return replace(candidate, capacity={**candidate.capacity, **said}, allocatable={**candidate.allocatable, **said})


def _clash(one: Overlay, other: Overlay, types: Sequence[Requirements]) -> bool:
    if one.weight != other.weight or not set(one.capacity) & set(other.capacity):
        return False
    if not one.requirements.meets(other.requirements):
        return False
    both = one.requirements.and_also(other.requirements.values())
    return any(each.refused(_of_types(both), WELL_KNOWN) is None for each in types)


def _of_types(wanted: Requirements) -> Requirements:
    """Without what only a pool can say."""
    return Requirements(one for key, one in wanted.items() if key in WELL_KNOWN - {NODE_POOL})

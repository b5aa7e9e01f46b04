"""Break any one of the places that must agree, and it is named."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest

from eksgpu.components.node_overlays import node_overlay
from eksgpu.scheduling.sharing.agreement import Disagreement, Seen, disagreements
from eksgpu.scheduling.sharing.plan import SharingPlan, plan_sharing
from eksgpu.scheduling.sharing.wish import Host, Kind, Wish

from .hosts import FOUR_MPS, FOUR_RENAMED, FOUR_TURNS, host, mig

GPU = "nvidia.com/gpu"
CASES = {
    "turns": (FOUR_TURNS, host("g5.xlarge", "g5.12xlarge")),
    "renamed": (FOUR_RENAMED, host("g6f.large", "g6.xlarge")),
    "mps": (FOUR_MPS, host()),
    "mig": (mig("all-balanced", rename=True), host("p5.48xlarge")),
    "bottlerocket": (FOUR_TURNS, host(os="bottlerocket")),
    "group": (FOUR_RENAMED, host(kind=Kind.NODE_GROUP)),
}


def _agreeing(plan: SharingPlan) -> Seen:
    """Everything as the plan wants it."""
    return Seen(
        configs=deepcopy({"default": {}, plan.config_key: plan.config}) if plan.config_key else None,
        mps_daemon=plan.mps_daemon,
        labels={"team": "ml", **plan.labels},
        settings=deepcopy({"kernel": {}, **plan.settings}),
        overlays=[
            node_overlay(one.name, pool=one.pool, gpus=one.gpus, capacity=one.capacity, weight=one.weight)
            for one in plan.overlays
        ],
        gates=frozenset({plan.gate} if plan.gate else ()),
        tags=dict(plan.tags),
        limits={name: str(count) for name, count in plan.limits(16).items()},
        nodes={
            f"node-{item}": (item, {"cpu": "4", GPU: "0"} | {name: str(count) for name, count in counts.items()})
            for item, counts in plan.allocatable.items()
        },
    )


def _found(wish: Wish, nodes: Host, seen: Seen) -> tuple[Disagreement, ...]:
    return disagreements(plan_sharing(wish, nodes), nodes.kind, seen)


@pytest.mark.parametrize("case", CASES)
def test_what_the_plan_says_agrees(case: str) -> None:
    wish, nodes = CASES[case]
    assert _found(wish, nodes, _agreeing(plan_sharing(wish, nodes))) == ()
    assert _found(wish, nodes, Seen()) == ()


def _overlay(seen: Seen, change: Callable[[dict[str, Any]], None]) -> Seen:
    broken = deepcopy(list(seen.overlays or ()))
    change(broken[0])  # type: ignore[arg-type]
    return replace(seen, overlays=broken)


def _one_gpu_more(seen: Seen) -> Seen:
    name, (item, shown) = next(iter((seen.nodes or {}).items()))
    return replace(seen, nodes={name: (item, {**shown, GPU: "1"})})


MUTATIONS: dict[str, tuple[str, str, Callable[[Seen], Seen]]] = {
    "no configuration": ("turns", "config", lambda seen: replace(seen, configs={"default": {}})),
    "other replicas": (
        "turns",
        "config",
        lambda seen: replace(seen, configs={"time-slicing-4": {"sharing": {"timeSlicing": {"replicas": 2}}}}),
    ),
    "no daemon": ("mps", "mps", lambda seen: replace(seen, mps_daemon=False)),
    "no selector": ("turns", "label", lambda seen: replace(seen, labels={"nvidia.com/gpu.present": "true"})),
    "no plugin": (
        "turns",
        "label",
        lambda seen: replace(seen, labels={"nvidia.com/device-plugin.config": "time-slicing-4"}),
    ),
    "no settings": ("bottlerocket", "settings", lambda seen: replace(seen, settings={})),
    "gate off": ("turns", "gate", lambda seen: replace(seen, gates=frozenset({"staticCapacity"}))),
    "no overlay": ("turns", "overlay", lambda seen: replace(seen, overlays=(seen.overlays or ())[1:])),
    "overlay of another pool": (
        "turns",
        "overlay",
        lambda seen: _overlay(seen, lambda one: one["spec"]["requirements"][0].update(values=["other"])),
    ),
    "overlay of another number": (
        "turns",
        "overlay",
        lambda seen: _overlay(seen, lambda one: one["spec"]["capacity"].update({GPU: "2"})),
    ),
    "whole GPUs left": (
        "mig",
        "overlay",
        lambda seen: _overlay(seen, lambda one: one["spec"]["capacity"].pop(GPU)),
    ),
    "a heavier overlay of somebody else": (
        "turns",
        "overlay",
        lambda seen: replace(
            seen,
            overlays=[
                *(seen.overlays or ()),
                node_overlay("mine", pool="shared", gpus=1, capacity={GPU: 9}, weight=500),
            ],
        ),
    ),
    "an overlay that clashes": (
        "turns",
        "overlay",
        lambda seen: replace(
            seen,
            overlays=[*(seen.overlays or ()), node_overlay("a", pool="shared", gpus=1, capacity={GPU: 9}, weight=100)],
        ),
    ),
    "no tag": ("group", "tag", lambda seen: replace(seen, tags={})),
    "a limit in GPUs": ("turns", "limit", lambda seen: replace(seen, limits={GPU: "2"})),
    "a limit of what is not there": ("renamed", "limit", lambda seen: replace(seen, limits={GPU: "8"})),
    "whole GPUs shown": ("renamed", "node", _one_gpu_more),
    "no slices shown": ("mig", "node", lambda seen: replace(seen, nodes={"a": ("p5.48xlarge", {GPU: "8"})})),
}


@pytest.mark.parametrize("mutation", MUTATIONS)
def test_a_broken_place_is_named(mutation: str) -> None:
    case, place, break_it = MUTATIONS[mutation]
    wish, nodes = CASES[case]
    found = _found(wish, nodes, break_it(_agreeing(plan_sharing(wish, nodes))))
    assert {one.place for one in found} == {place}
    assert all(one.message for one in found)


def test_overlays_of_other_pools_do_not_matter() -> None:
    wish, nodes = CASES["turns"]
    seen = _agreeing(plan_sharing(wish, nodes))
    other = node_overlay("b", pool="other", gpus=1, capacity={GPU: 9}, weight=100)
    assert _found(wish, nodes, replace(seen, overlays=[*(seen.overlays or ()), other])) == ()

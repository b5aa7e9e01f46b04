"""Break any one of the places that must agree, and it is named."""

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest

from eksgpu.components.node_overlays import node_overlay
from eksgpu.scheduling.sharing.agreement import Disagreement, disagreements
from eksgpu.scheduling.sharing.places import PLACES
from eksgpu.scheduling.sharing.plan import SharingPlan, plan_sharing
from eksgpu.scheduling.sharing.seen import Program, Seen
from eksgpu.scheduling.sharing.wish import Host, Kind, Wish
from eksgpu.scheduling.taints import Taint

from .hosts import FOUR_MPS, FOUR_RENAMED, FOUR_TURNS, host, mig

GPU, SHARED = "nvidia.com/gpu", "nvidia.com/gpu.shared"
TAINT = Taint(GPU, "true", "NoSchedule")
OURS = Program(configured=True, mig=True)
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
        plugins=[OURS],
        mps_daemon=plan.mps_daemon,
        labels={"team": "ml", **plan.labels},
        settings=deepcopy({"kernel": {}, **plan.settings}),
        cut=True,
        overlays=[
            node_overlay(one.name, pool=one.pool, gpus=one.gpus, capacity=one.capacity, weight=one.weight)
            for one in plan.overlays
        ],
        gates=frozenset({plan.gate} if plan.gate else ()),
        tags=dict(plan.tags),
        limits={name: str(count) for name, count in plan.limits(16).items()},
        most_gpus=16,
        nodes={
            f"node-{item}": (item, {"cpu": "4", GPU: "0"} | {name: str(count) for name, count in counts.items()})
            for item, counts in plan.allocatable.items()
        },
        pods=[_pod(plan.resources[0], *plan.tolerations)],
        taints=[TAINT],
    )


def _pod(resource: str, *tolerations: Mapping[str, str]) -> dict[str, Any]:
    container = {"name": "main", "resources": {"limits": {resource: "1"}}}
    return {"metadata": {"name": "a"}, "spec": {"containers": [container], "tolerations": list(tolerations)}}


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


def _nvidia(seen: Seen, **values: Any) -> Seen:
    nvidia = (seen.settings or {})["kubelet-device-plugins"]["nvidia"]
    return replace(seen, settings={"kubelet-device-plugins": {"nvidia": nvidia | values}})


MUTATIONS: dict[str, tuple[str, str, Callable[[Seen], Seen]]] = {
    "no configuration": ("turns", "config", lambda seen: replace(seen, configs={"default": {}})),
    "other replicas": (
        "turns",
        "config",
        lambda seen: replace(seen, configs={"time-slicing-4": {"sharing": {"timeSlicing": {"replicas": 2}}}}),
    ),
    "no plugin": ("turns", "plugin", lambda seen: replace(seen, plugins=[])),
    "a plugin without its configuration": (
        "turns",
        "plugin",
        lambda seen: replace(seen, plugins=[replace(OURS, configured=False)]),
    ),
    "a plugin that sees no instances": (
        "mig",
        "plugin",
        lambda seen: replace(seen, plugins=[replace(OURS, mig=False)]),
    ),
    "GPUs left whole": ("mig", "cut", lambda seen: replace(seen, cut=False)),
    "no daemon": ("mps", "mps", lambda seen: replace(seen, mps_daemon=False)),
    "no selector": ("turns", "label", lambda seen: replace(seen, labels={"nvidia.com/gpu.present": "true"})),
    "no plugin selected": (
        "turns",
        "label",
        lambda seen: replace(seen, labels={"nvidia.com/device-plugin.config": "time-slicing-4"}),
    ),
    "a label that the Cluster Autoscaler waits for": (
        "group",
        "label",
        lambda seen: replace(seen, labels={**(seen.labels or {}), "k8s.amazonaws.com/accelerator": "a10g"}),
    ),
    "no settings": ("bottlerocket", "settings", lambda seen: replace(seen, settings={})),
    "the plugin turned off": ("bottlerocket", "settings", lambda seen: _nvidia(seen, enabled=False)),
    "MIG besides": (
        "bottlerocket",
        "settings",
        lambda seen: _nvidia(seen, **{"device-partitioning-strategy": "mig"}),
    ),
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
    "overlay for every pool": (
        "turns",
        "overlay",
        lambda seen: _overlay(seen, lambda one: one["spec"]["requirements"].pop(0)),
    ),
    "overlay of another weight": (
        "turns",
        "overlay",
        lambda seen: _overlay(seen, lambda one: one["spec"].pop("weight")),
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
    "a limit of one node too few": ("turns", "limit", lambda seen: replace(seen, limits={GPU: "60"})),
    "no limit any more": ("turns", "limit", lambda seen: replace(seen, limits={"cpu": "64"})),
    "a limit that nobody asked for": ("turns", "limit", lambda seen: replace(seen, most_gpus=None)),
    "a limit of what is not there": ("renamed", "limit", lambda seen: replace(seen, limits={GPU: "8"})),
    "whole GPUs shown": ("renamed", "node", _one_gpu_more),
    "a pod that asks for whole GPUs": ("renamed", "pod", lambda seen: replace(seen, pods=[_pod(GPU)])),
    "a pod of an instance without the toleration": (
        "mig",
        "pod",
        lambda seen: replace(seen, pods=[_pod("nvidia.com/mig-1g.10gb")]),
    ),
    "a pod without the toleration": ("renamed", "pod", lambda seen: replace(seen, pods=[_pod(SHARED)])),
    "a pod that asks for a slice where they are called GPUs": (
        "turns",
        "pod",
        lambda seen: replace(seen, pods=[_pod(SHARED)]),
    ),
    "no slices shown": ("mig", "node", lambda seen: replace(seen, nodes={"a": ("p5.48xlarge", {GPU: "8"})})),
}


@pytest.mark.parametrize("mutation", MUTATIONS)
def test_a_broken_place_is_named(mutation: str) -> None:
    case, place, break_it = MUTATIONS[mutation]
    wish, nodes = CASES[case]
    found = _found(wish, nodes, break_it(_agreeing(plan_sharing(wish, nodes))))
    assert {one.place for one in found} == {place}
    assert all(one.message for one in found)


def test_an_expectation_of_other_slices_is_named_by_all_who_count_them() -> None:
    """Were it the plan's own figure that is wrong, the places that it is not written to would say so."""
    wish, nodes = CASES["turns"]
    plan = plan_sharing(wish, nodes)
    wrong = replace(plan, allocatable={item: {GPU: 5} for item in plan.allocatable})
    found = disagreements(wrong, nodes.kind, _agreeing(plan))
    assert {one.place for one in found} >= {"node", "overlay"}


def test_every_place_is_broken_here_at_least_once() -> None:
    assert {place for _, place, _ in MUTATIONS.values()} == {place.name for place in PLACES}


def test_what_bottlerocket_is_told_besides_contradicts_nothing() -> None:
    wish, nodes = CASES["bottlerocket"]
    seen = _agreeing(plan_sharing(wish, nodes))
    assert _found(wish, nodes, _nvidia(seen, **{"pass-device-specs": True})) == ()


def test_overlays_of_other_pools_do_not_matter() -> None:
    wish, nodes = CASES["turns"]
    seen = _agreeing(plan_sharing(wish, nodes))
    other = node_overlay("b", pool="other", gpus=1, capacity={GPU: 9}, weight=100)
    assert _found(wish, nodes, replace(seen, overlays=[*(seen.overlays or ()), other])) == ()

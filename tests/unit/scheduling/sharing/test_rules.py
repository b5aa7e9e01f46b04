"""What is refused, by which rule, and the way out."""

from typing import Any

import pytest

from eksgpu.scheduling.sharing.rules import refusals
from eksgpu.scheduling.sharing.wish import Controller, Host, Kind, Strategy, Wish
from eksgpu.units import Bytes

from .hosts import FOUR_MPS, FOUR_RENAMED, FOUR_TURNS, host, mig, rules

A100 = host("p4d.24xlarge")
NO_OVERLAYS = Controller(gates_off=frozenset({"nodeOverlay"}))
NOTHING = Controller(gates_off=frozenset({"nodeOverlay", "staticCapacity"}))


def _mig(*layouts: dict[str, int], rename: bool = True) -> Wish:
    return Wish(Strategy.MIG, layouts=layouts, rename=rename)


@pytest.mark.parametrize(
    ("rule", "wish", "nodes"),
    [
        ("no-gpu", FOUR_TURNS, host("m5.large")),
        ("no-gpu", FOUR_TURNS, host("g5.xlarge", "inf2.xlarge")),
        ("replicas", Wish(Strategy.TIME_SLICING, 1), host()),
        ("replicas", Wish(Strategy.MPS, 49), host()),
        ("mps-with-mig", Wish(Strategy.MPS, 4, profile="1g.5gb"), A100),
        ("two-strategies", Wish(Strategy.TIME_SLICING, 4, profile="1g.5gb"), A100),
        ("two-strategies", Wish(Strategy.MIG, 4, profile="1g.5gb"), A100),
        ("two-strategies", FOUR_TURNS, host(labels={"nvidia.com/device-plugin.config": "mine"})),
        ("two-strategies", FOUR_TURNS, host(labels={"nvidia.com/mig.config": "all-1g.5gb"})),
        ("two-strategies", FOUR_TURNS, host(labels={"nvidia.com/gpu.present": "false"})),
        ("two-strategies", FOUR_MPS, host(labels={"nvidia.com/mps.capable": "false"})),
        ("fraction", FOUR_MPS, host("g6f.xlarge")),
        ("no-mig", mig("1g.5gb"), host("g6e.xlarge")),
        ("no-mig", mig("1g.5gb"), host("g6f.xlarge")),
        ("several-models", mig("1g.10gb"), host("p4d.24xlarge", "p4de.24xlarge")),
        ("unknown-profile", mig("3g.40gb"), A100),
        ("unknown-profile", mig("all-balanced", rename=True), host("g7.2xlarge")),
        ("unknown-profile", Wish(Strategy.MIG), A100),
        ("impossible-layout", _mig({"3g.20gb": 2, "1g.5gb": 1}), A100),
        ("impossible-layout", _mig({"1g.5gb": 8}), A100),
        ("impossible-layout", _mig({"4g.20gb": 1, "2g.10gb": 2}), A100),
        ("impossible-layout", _mig({"1g.5gb": 7}, {"7g.40gb": 1}), A100),
        ("mixed-unnamed", mig("all-balanced"), A100),
        ("bottlerocket-mixed", mig("1g.5gb", rename=True), host("p4d.24xlarge", os="bottlerocket")),
        ("bottlerocket-mixed", mig("all-balanced"), host("p4d.24xlarge", os="bottlerocket")),
        ("bottlerocket-model", mig("1g.23gb"), host("p6e-gb200.36xlarge", os="bottlerocket")),
        ("bottlerocket-profile", mig("4g.20gb"), host("p4d.24xlarge", os="bottlerocket")),
        ("bottlerocket-profile", _mig({"1g.5gb": 3}, rename=False), host("p4d.24xlarge", os="bottlerocket")),
        ("bottlerocket-mps", Wish(Strategy.MPS, 4, fail_requests_greater_than_one=False), host(os="bottlerocket")),
        ("bottlerocket-old", FOUR_MPS, host(os="bottlerocket", release="v1.50.0")),
        (
            "slice-memory",
            Wish(Strategy.TIME_SLICING, 4, memory_per_slice=Bytes.gib(6)),
            host("g6e.xlarge", "g5.xlarge"),
        ),
        ("slice-memory", Wish(Strategy.MIG, profile="1g.5gb", memory_per_slice=Bytes.gib(8)), A100),
        ("unequal-gpus", FOUR_TURNS, host("g5.xlarge", "g5.12xlarge", kind=Kind.NODE_GROUP)),
        ("karpenter-old", FOUR_TURNS, host(karpenter=Controller("1.6.3"))),
        ("gate-off", FOUR_TURNS, host(karpenter=NO_OVERLAYS)),
        ("gate-off", FOUR_TURNS, host(karpenter=NOTHING, kind=Kind.STATIC_POOL)),
    ],
)
def test_one_rule_refuses(rule: str, wish: Wish, nodes: Host) -> None:
    found = refusals(wish, nodes)
    assert rules(found) == [rule]
    assert found[0].message
    assert found[0].hint


def test_slices_that_hold_what_they_must_are_accepted() -> None:
    assert refusals(Wish(Strategy.MPS, 4, memory_per_slice=Bytes.gib(11)), host("g6e.xlarge")) == ()
    assert refusals(Wish(Strategy.MIG, profile="1g.10gb", memory_per_slice=Bytes.gib(8)), A100) == ()


@pytest.mark.parametrize("way", [{"kind": Kind.STATIC_POOL}, {"kind": Kind.NODE_GROUP}])
@pytest.mark.parametrize("wish", [FOUR_TURNS, FOUR_RENAMED, FOUR_MPS])
def test_the_ways_out_of_a_closed_gate_are_accepted(wish: Wish, way: dict[str, Any]) -> None:
    refused = refusals(wish, host(karpenter=NO_OVERLAYS))
    assert "a static pool (replicas: N) or a node group" in refused[0].hint
    assert refusals(wish, host(karpenter=NO_OVERLAYS, **way)) == ()


def test_the_hint_for_too_little_memory_names_the_replicas_that_fit() -> None:
    (refused,) = refusals(Wish(Strategy.TIME_SLICING, 4, memory_per_slice=Bytes.gib(7)), host("g5.xlarge"))
    assert "replicas: 3" in refused.hint
    (refused,) = refusals(Wish(Strategy.TIME_SLICING, 4, memory_per_slice=Bytes.gib(20)), host("g5.xlarge"))
    assert refused.hint == "choose GPUs with more memory"


def test_every_reason_is_told_at_once() -> None:
    found = refusals(mig("9g.1gb"), host("p4d.24xlarge", karpenter=Controller("1.0.0")))
    assert rules(found) == ["unknown-profile", "karpenter-old"]

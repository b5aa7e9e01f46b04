"""The plan: every place that must agree says the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eksgpu.catalog.instance import instances
from eksgpu.catalog.mig import geometry
from eksgpu.errors import PlanRefused
from eksgpu.scheduling.labels import whole_gpus
from eksgpu.scheduling.sharing.plan import SharingPlan, clash, plan_sharing
from eksgpu.scheduling.sharing.rules import refusals
from eksgpu.scheduling.sharing.wish import Host, Kind, Strategy, Wish

from .hosts import FOUR_MPS, FOUR_RENAMED, FOUR_TURNS, host, mig

GPU = "nvidia.com/gpu"
TYPES = sorted(name for name, item in instances().items() if item.gpu_count)


def test_time_slicing_keeps_the_name_that_pods_ask_for() -> None:
    plan = plan_sharing(FOUR_TURNS, host("g5.xlarge", "g5.12xlarge"))
    assert plan.resources == (GPU,)
    assert plan.config == {
        "version": "v1",
        "flags": {"migStrategy": "none"},
        "sharing": {
            "timeSlicing": {
                "renameByDefault": False,
                "failRequestsGreaterThanOne": True,
                "resources": [{"name": GPU, "replicas": 4}],
            }
        },
    }
    assert plan.labels == {"nvidia.com/device-plugin.config": "time-slicing-4", "nvidia.com/gpu.present": "true"}
    assert [(one.gpus, dict(one.capacity)) for one in plan.overlays] == [(1, {GPU: 4}), (4, {GPU: 16})]
    assert plan.gate == "nodeOverlay"
    assert plan.allocatable == {"g5.xlarge": {GPU: 4}, "g5.12xlarge": {GPU: 16}}
    assert plan.tolerations == ()
    assert plan.limits(2) == {GPU: 8}


def test_renamed_slices_leave_no_whole_gpu_behind() -> None:
    plan = plan_sharing(FOUR_RENAMED, host())
    assert plan.resources == ("nvidia.com/gpu.shared",)
    assert dict(plan.overlays[0].capacity) == {GPU: 0, "nvidia.com/gpu.shared": 4}
    assert plan.tolerations == ({"key": GPU, "operator": "Exists", "effect": "NoSchedule"},)
    assert not plan.accelerator_label_allowed


def test_bottlerocket_is_told_by_settings_that_leave_nothing_to_a_default() -> None:
    plan = plan_sharing(FOUR_TURNS, host(os="bottlerocket"))
    assert plan.config is None
    assert plan.config_key is None
    assert plan.labels == {}
    assert plan.settings == {
        "kubelet-device-plugins": {
            "nvidia": {
                "device-sharing-strategy": "time-slicing",
                "time-slicing": {"replicas": 4, "rename-by-default": False, "fail-requests-greater-than-one": True},
            }
        }
    }
    assert not plan_sharing(FOUR_MPS, host(os="bottlerocket")).mps_daemon


def test_mps_brings_its_daemon_and_the_label_that_selects_it() -> None:
    plan = plan_sharing(FOUR_MPS, host())
    assert plan.mps_daemon
    assert plan.labels["nvidia.com/mps.capable"] == "true"
    assert plan.config is not None
    assert plan.config["sharing"]["mps"]["resources"] == [{"name": GPU, "replicas": 4}]


def test_mig_of_one_profile_is_called_a_gpu_and_cut_at_known_places() -> None:
    plan = plan_sharing(mig("2g.10gb"), host("p4d.24xlarge"))
    assert plan.allocatable == {"p4d.24xlarge": {GPU: 24}}
    assert plan.config == {"version": "v1", "flags": {"migStrategy": "single"}}
    assert plan.cut is not None
    assert plan.cut.gpus == ((("2g.10gb", 0), ("2g.10gb", 2), ("2g.10gb", 4)),)
    assert plan.cut.exact
    on_bottlerocket = plan_sharing(mig("2g.10gb"), host("p4d.24xlarge", os="bottlerocket"))
    assert on_bottlerocket.cut is None
    assert on_bottlerocket.allocatable == plan.allocatable
    assert on_bottlerocket.settings["kubelet-device-plugins"]["nvidia"] == {
        "device-partitioning-strategy": "mig",
        "mig": {"profile": {"a100.40gb": "2g.10gb"}},
    }


def test_mig_of_several_sizes_gives_each_its_own_name() -> None:
    plan = plan_sharing(mig("all-balanced", rename=True), host("p5.4xlarge", "p5.48xlarge"))
    assert plan.resources == ("nvidia.com/mig-1g.10gb", "nvidia.com/mig-2g.20gb", "nvidia.com/mig-3g.40gb")
    assert dict(plan.overlays[1].capacity) == {
        GPU: 0,
        **dict(zip(plan.resources, (16, 8, 8), strict=True)),
    }
    assert plan.limits(8) == dict(zip(plan.resources, (16, 8, 8), strict=True))


def test_each_gpu_of_a_node_may_have_a_layout_of_its_own() -> None:
    halves, sevenths = {"3g.20gb": 2}, {"1g.5gb": 7}
    wish = Wish(Strategy.MIG, layouts=(halves, sevenths) * 4, rename=True)
    plan = plan_sharing(wish, host("p4d.24xlarge"))
    assert plan.allocatable["p4d.24xlarge"] == {"nvidia.com/mig-1g.5gb": 28, "nvidia.com/mig-3g.20gb": 8}
    assert plan.cut is not None
    assert len(plan.cut.gpus) == 8


def test_a_node_group_tells_the_cluster_autoscaler_by_tags() -> None:
    plan = plan_sharing(FOUR_RENAMED, host("g4dn.12xlarge", kind=Kind.NODE_GROUP))
    prefix = "k8s.io/cluster-autoscaler/node-template/resources/"
    assert plan.tags == {f"{prefix}nvidia.com/gpu": "0", f"{prefix}nvidia.com/gpu.shared": "16"}
    assert plan.gate is None
    assert plan.overlays == ()


def test_a_static_pool_needs_no_overlay() -> None:
    plan = plan_sharing(FOUR_TURNS, host(kind=Kind.STATIC_POOL))
    assert plan.overlays == ()
    assert plan.gate == "staticCapacity"


def test_a_refused_wish_makes_no_plan() -> None:
    with pytest.raises(PlanRefused, match="NVIDIA A10G has no MIG") as raised:
        plan_sharing(mig("1g.5gb"), host())
    assert raised.value.hint is not None


def test_pools_of_one_node_class_must_share_alike() -> None:
    plans: dict[str, SharingPlan | None] = {
        "a": plan_sharing(FOUR_TURNS, host(os="bottlerocket")),
        "b": plan_sharing(FOUR_TURNS, host("g6.xlarge", os="bottlerocket")),
    }
    assert clash(plans) is None
    refused = clash({**plans, "whole": None})
    assert refused is not None
    assert "a and whole" in refused.message
    # On AL2023 the label selects, and it stands in the NodePool: only MIG's geometry is in the class.
    assert clash({"a": plan_sharing(FOUR_TURNS, host()), "whole": None}) is None
    assert clash({"a": plan_sharing(mig("1g.10gb"), host("p5.4xlarge")), "whole": None}) is not None


@st.composite
def cases(draw: st.DrawFn) -> tuple[Wish, Host]:
    names = draw(st.lists(st.sampled_from(TYPES), min_size=1, max_size=3, unique=True))
    strategy = draw(st.sampled_from(list(Strategy)))
    if strategy is Strategy.MIG:
        item = instances()[names[0]]
        cut = geometry(item.gpu_name or "", item.gpu_memory_mib)
        wish = Wish(
            strategy,
            profile=draw(st.sampled_from([*(cut.profiles if cut else ("1g.5gb",)), "all-balanced"])),
            rename=draw(st.booleans()),
        )
    else:
        wish = Wish(strategy, draw(st.integers(2, 60)), rename=draw(st.booleans()))
    os, kind = draw(st.sampled_from(("al2023", "bottlerocket"))), draw(st.sampled_from(list(Kind)))
    return wish, host(*names, os=os, kind=kind)


@given(cases())
def test_whatever_is_accepted_agrees_everywhere(case: tuple[Wish, Host]) -> None:
    wish, nodes = case
    if refusals(wish, nodes):
        return
    plan = plan_sharing(wish, nodes)
    for item in nodes.types:
        shown = plan.allocatable[item.name]
        assert set(shown) <= set(plan.resources)
        assert all(count > 0 for count in shown.values())
        matching = [one for one in plan.overlays if one.gpus == whole_gpus(item)]
        assert [{GPU: 0, **shown}] * len(matching) == [dict(one.capacity) for one in matching]
        assert len(matching) == (1 if nodes.kind is Kind.NODE_POOL else 0)
    assert len({one.weight for one in plan.overlays}) == len(plan.overlays)
    assert {one.pool for one in plan.overlays} <= {nodes.name}
    assert bool(plan.settings) != bool(plan.config)
    assert bool(plan.labels) == (bool(plan.config) and nodes.kind is not Kind.EXISTING)
    assert plan.renamed == wish.rename

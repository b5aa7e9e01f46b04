"""What the plugin advertises is what the plan promised: by its file, Bottlerocket's settings and MIG's unit."""

from typing import Any

import pytest
from hypothesis import given

from eksgpu.catalog.instance import instances
from eksgpu.components.mig_geometry import mig_script
from eksgpu.components.user_data import bottlerocket
from eksgpu.sandbox.controllers.gpu_boot import boot_annotations, instances_of, settings_of
from eksgpu.sandbox.controllers.plugin_resources import by_file, by_settings
from eksgpu.scheduling.sharing.plan import SharingPlan, plan_sharing
from eksgpu.scheduling.sharing.rules import refusals
from eksgpu.scheduling.sharing.wish import Host, Strategy, Wish
from tests.unit.scheduling.sharing.hosts import host
from tests.unit.scheduling.sharing.test_plan import cases

GPU = "nvidia.com/gpu"


def _advertised(plan: SharingPlan, name: str) -> dict[str, int]:
    """What a node of this type shows that was told what the plan says, and nothing else."""
    item = instances()[name]
    if plan.config is None:
        text, os = bottlerocket(settings=plan.settings), "bottlerocket"
    else:
        text, os = mig_script(plan.cut.gpus, exact=plan.cut.exact) if plan.cut else "", "al2023"
    node = {"metadata": {"annotations": boot_annotations(os, text, item.gpu_count)}}
    if plan.config is None:
        return by_settings(settings_of(node), item)
    return by_file(plan.config, item.gpu_count, instances_of(node))


@given(cases())
def test_every_accepted_plan_comes_true(case: tuple[Wish, Host]) -> None:
    wish, nodes = case
    if refusals(wish, nodes):
        return
    plan = plan_sharing(wish, nodes)
    assert {item.name: _advertised(plan, item.name) for item in nodes.types} == plan.allocatable


def test_each_gpu_with_a_layout_of_its_own() -> None:
    wish = Wish(Strategy.MIG, layouts=({"3g.20gb": 2}, {"1g.5gb": 7}) * 4, rename=True)
    plan = plan_sharing(wish, host("p4d.24xlarge"))
    assert _advertised(plan, "p4d.24xlarge") == plan.allocatable["p4d.24xlarge"]


@pytest.mark.parametrize(
    ("settings", "shown"),
    [
        ({}, {GPU: 1}),
        ({"enabled": False}, {}),
        ({"device-sharing-strategy": "time-slicing"}, {"nvidia.com/gpu.shared": 2}),  # Bottlerocket's own defaults
        ({"device-sharing-strategy": "mps", "mps": {"replicas": 4, "rename-by-default": False}}, {GPU: 4}),
        ({"device-partitioning-strategy": "mig"}, {GPU: 1}),
        ({"device-partitioning-strategy": "mig", "mig": {"profile": {"h100.80gb": "7"}}}, {GPU: 7}),
    ],
)
def test_settings_that_leave_something_out(settings: dict[str, Any], shown: dict[str, int]) -> None:
    assert by_settings(settings, instances()["p5.4xlarge"]) == shown


def test_a_file_that_leaves_something_out() -> None:
    shared = {"sharing": {"timeSlicing": {"resources": [{"name": "gpu", "replicas": 3}]}}}
    assert by_file(shared, 2, {}) == {GPU: 6}
    assert by_file({}, 2, {"1g.5gb": 7}) == {GPU: 2}
    assert by_file({"flags": {"migStrategy": "mixed"}}, 2, {}) == {GPU: 2}

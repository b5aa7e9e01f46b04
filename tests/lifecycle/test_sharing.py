"""Slices of GPUs over a cluster's life: the example from apply to destroy, and what is refused or warned of before."""

from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from eksgpu.errors import PlanRefused
from tests.support.account import Account, small
from tests.support.sliced import FOUR, Sliced

EXAMPLE = Path(__file__).parents[2] / "examples" / "gpu-slicing.yaml"


def test_the_example_from_apply_to_destroy(tmp_path: Path) -> None:
    sliced = Sliced(tmp_path, YAML(typ="safe").load(EXAMPLE))

    # Seventeen slices take five GPUs, as Karpenter itself does it.
    assert sliced.start("sliced-demo", replicas=17).ready
    nodes = sliced.nodes("gpu")
    assert [node["status"]["allocatable"]["nvidia.com/gpu"] for node in nodes] == ["4"] * 5
    report = sliced.verify(with_smoke=False)
    assert report.errors == ()
    assert any("cannot be split by pods" in note for note in report.notes)

    # A slice runs CUDA, and each architecture its own pods.
    assert sliced.start("cuda-vectoradd").ready
    for arch in ("amd64", "arm64"):
        assert sliced.start(f"inflate-{arch}", replicas=3).ready
        assert {node["metadata"]["labels"]["kubernetes.io/arch"] for node in sliced.nodes(arch)} == {arch}

    assert all(change.action == "no-op" for change in sliced.account.plan().plan.changes)
    assert sliced.account.destroy().as_json()["left"] == []


@pytest.mark.parametrize(
    ("karpenter", "why"),
    [
        ({"featureGates": {"nodeOverlay": False}}, "gate nodeOverlay is off"),
        ({"version": "1.6.3"}, "1.7.0 is the first that has"),
    ],
)
def test_a_karpenter_that_cannot_be_told_is_refused_and_a_static_pool_is_not(
    karpenter: dict[str, Any], why: str, tmp_path: Path
) -> None:
    pool = {"name": "gpu", "instanceTypes": ["g5.xlarge"], "sharing": FOUR}
    account = Account(tmp_path, small(version="1.33", nodePools=[pool], components={"karpenter": karpenter}))
    with pytest.raises(PlanRefused, match=why) as refused:
        account.plan()
    assert "a static pool (replicas: N) or a node group" in (refused.value.hint or "")
    account.spec["nodePools"] = []
    account.spec["nodeGroups"].append({"name": "gpu", "instanceTypes": ["g5.xlarge"], "sharing": FOUR})
    assert account.plan().plan.refusals == ()


@pytest.mark.parametrize(
    ("pool", "values", "place"),
    [
        ({}, {"settings": {"featureGates": {"nodeOverlay": False}}}, "gate"),
        ({"settings": {"kubelet-device-plugins": {"nvidia": {"time-slicing": {"replicas": 2}}}}}, {}, "settings"),
        ({"nodeClassSpec": {"userData": ""}}, {}, "settings"),
    ],
)
def test_what_a_user_puts_on_top_and_undoes_sharing_is_found_before_apply(
    pool: dict[str, Any], values: dict[str, Any], place: str, tmp_path: Path
) -> None:
    whole = {"name": "gpu", "instanceTypes": ["g5.xlarge"], "sharing": FOUR, **pool}
    account = Account(tmp_path, small(nodePools=[whole], components={"karpenter": {"values": values}}))
    found = [one.where for one in account.plan().findings if one.id == "sharing-planned"]
    assert found == [f"spec.nodePools[gpu].sharing, {place}"]


def test_an_old_plugin_is_warned_of(tmp_path: Path) -> None:
    account = Account(tmp_path, small(components={"nvidiaDevicePlugin": {"version": "0.16.2"}}))
    (found,) = (one for one in account.plan().findings if one.id == "program-release")
    assert "0.16.2 is an old release" in found.message

"""Slices of GPUs over a cluster's life: the example from apply to destroy, and what is refused or warned of before."""

import json
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from eksgpu.ops.workload_lint import lint_for_spec
from eksgpu.spec.load import loads
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


@pytest.mark.parametrize(
    ("resource", "tolerations", "ids"),
    [
        ("nvidia.com/gpu.shared", [{"key": "nvidia.com/gpu", "operator": "Exists"}], []),
        ("nvidia.com/gpu.shared", [], ["pod-toleration"]),  # EKS lets it bear nvidia.com/gpu.shared, and nothing else
        ("nvidia.com/gpu", [], ["pod-resource-name"]),
    ],
)
def test_a_pod_that_asks_for_something_else_is_told_before_it_is_applied(
    resource: str, tolerations: list[dict[str, str]], ids: list[str]
) -> None:
    pool = {"name": "gpu", "instanceTypes": ["g5.xlarge"], "sharing": FOUR | {"rename": True}}
    spec = loads(json.dumps(small(nodePools=[pool], components={"karpenter": {}})))
    container = {"name": "main", "image": "registry.k8s.io/pause:3.10", "resources": {"limits": {resource: "1"}}}
    pod = {"kind": "Pod", "metadata": {"name": "a"}, "spec": {"containers": [container], "tolerations": tolerations}}
    assert [one.id for one in lint_for_spec([pod], spec, registry="") if one.severity == "error"] == ids


def test_an_old_plugin_is_warned_of(tmp_path: Path) -> None:
    account = Account(tmp_path, small(components={"nvidiaDevicePlugin": {"version": "0.16.2"}}))
    (found,) = (one for one in account.plan().findings if one.id == "program-release")
    assert "0.16.2 is an old release" in found.message

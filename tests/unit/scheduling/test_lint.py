"""The shipped manifests on the example's pools, and what the lint says about those that never run. Row 000-21."""

from copy import deepcopy
from importlib import resources
from typing import Any

import pytest
from ruamel.yaml import YAML

from eksgpu.scheduling.images import Image
from eksgpu.scheduling.lint import lint
from eksgpu.scheduling.packing import Standing

from .region import general, h100

POOLS = [general(), h100()]
NAMES = ["gpu-smoke", "inflate", "vllm-h100", "wan2.1-h100"]
OTHERS = [
    "cuda-vectoradd",
    "gpu-standard-test",
    "gpu-test-pod",
    "inflate-amd64",
    "inflate-arm64",
    "pytorch-training",
    "sliced-demo",
    "tensorflow-serving",
]  # for pools of other examples


def workload(name: str) -> list[dict[str, Any]]:
    file = resources.files("eksgpu").joinpath("workloads", f"{name}.yaml")
    return list(YAML(typ="safe").load_all(file.read_text(encoding="utf-8")))


def spec(manifest: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = manifest["spec"]["template"]["spec"]
    return found


def test_every_shipped_manifest_is_here() -> None:
    files = resources.files("eksgpu").joinpath("workloads").iterdir()
    assert sorted(file.name.removesuffix(".yaml") for file in files) == sorted([*NAMES, *OTHERS])


@pytest.mark.parametrize("name", NAMES)
def test_shipped_manifests_run_on_the_examples_pools(name: str) -> None:
    assert [advice for advice in lint(workload(name), POOLS) if advice.severity == "error"] == []


def test_a_large_public_image_is_a_warning_with_the_commands_that_copy_it() -> None:
    (advice,) = lint(workload("vllm-h100"), POOLS, registry="123456789012.dkr.ecr.us-west-2.amazonaws.com")
    assert (advice.id, advice.severity) == ("image-large-public", "warning")
    assert "14.24 GB" in advice.message
    host = "123456789012.dkr.ecr.us-west-2.amazonaws.com"
    login = f"aws ecr get-login-password --region us-west-2 | docker login --username AWS --password-stdin {host};"
    assert login in advice.hint
    assert f"docker push {host}/vllm:server-cuda-v1.0.0" in advice.hint


def test_a_private_one_is_not() -> None:
    assert lint(workload("wan2.1-h100"), POOLS) == []


@pytest.mark.parametrize(
    ("change", "advice_id", "words"),
    [
        ({"tolerations": []}, "pod-toleration-implicit", "nvidia.com/gpu"),
        ({"nodeSelector": {"node-type": "gpu"}}, "pod-node-selector", "node-type"),
        ({"nodeSelector": {"karpenter.k8s.aws/instance-gpu-name": "a100"}}, "pod-node-selector", "a100"),
        ({"gpus": {"nvidia.com/gpu": 16}}, "pod-resource-name", "gives 8"),
        ({"gpus": {"nvidia.com/gpu.shared": 1}}, "pod-resource-name", "no instance type of the pool has"),
    ],
)
def test_what_is_in_the_way_is_named(change: dict[str, Any], advice_id: str, words: str) -> None:
    (manifest,) = deepcopy(workload("gpu-smoke"))
    gpus = change.pop("gpus", None)
    spec(manifest).update(change)
    if gpus:
        spec(manifest)["containers"][0]["resources"]["limits"] = gpus
    (advice,) = lint([manifest], POOLS)
    assert advice.id == advice_id
    assert advice.where == "Job/gpu-smoke"
    assert words in advice.message


def test_a_pod_that_means_a_gpu_and_asks_for_none() -> None:
    found = lint(workload("gpu-test-pod"), [h100()])
    assert ("pod-gpu-not-requested", "warning") in [(one.id, one.severity) for one in found]
    assert "pod-gpu-not-requested" not in [one.id for one in lint(workload("gpu-standard-test"), [h100()])]


def test_a_taint_that_no_admission_helps_with_needs_a_toleration() -> None:
    (manifest,) = workload("inflate")
    (advice,) = lint([manifest], [h100()])
    assert advice.id == "pod-toleration"
    assert "key: nvidia.com/gpu, operator: Exists" in advice.hint


def test_a_node_that_stands_is_enough() -> None:
    node = Standing("n", {}, (), {"cpu": 2000, "memory": 2**32, "pods": 10})
    assert lint(workload("inflate"), [h100()], nodes=[node]) == []


@pytest.mark.parametrize(
    ("name", "registry", "short", "private"),
    [
        ("nvidia/cuda:12", "docker.io", "cuda", False),
        ("localhost:5000/a/b", "localhost:5000", "b", False),
        ("123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/vllm@sha256:ab", None, "vllm", True),
    ],
)
def test_images_by_name(name: str, registry: str | None, short: str, private: bool) -> None:
    image = Image.parse(name)
    assert (image.short, image.private_ecr) == (short, private)
    assert registry in (None, image.registry)

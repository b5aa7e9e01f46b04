"""Seventeen pods of one slice, on nodes with one GPU and four slices: the table measured with real Karpenter.

Karpenter core 1.14.1 with its kwok provider on kube-apiserver 1.35.4 gave these numbers of nodes, row by row. Here they
come from `apply`, somebody with kubectl who breaks what a row lacks, the embedded API and its scheduler. Bottlerocket,
a gate that is off, and what a node shows first: tests/unit/sandbox/controllers/test_sharing.py.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.account import small
from tests.support.sliced import FOUR, Sliced

GPU, SHARED = "nvidia.com/gpu", "nvidia.com/gpu.shared"
SELECTOR = "nvidia.com/device-plugin.config"
PODS = 17


def nothing(_: Sliced) -> None: ...


def overlay_deleted(sliced: Sliced) -> None:
    sliced.somebody.delete("karpenter.sh/v1alpha1", "NodeOverlay", "gpu-1-gpu")


def label_removed(sliced: Sliced) -> None:
    labels = {"spec": {"template": {"metadata": {"labels": {SELECTOR: None}}}}}
    sliced.somebody.patch("karpenter.sh/v1", "NodePool", "gpu", labels)


@pytest.mark.parametrize(
    ("resource", "breaks", "nodes", "running", "shows"),
    [
        (SHARED, overlay_deleted, 0, 0, set()),
        (SHARED, nothing, 5, PODS, {"4"}),
        (GPU, overlay_deleted, PODS, PODS, {"4"}),
        (GPU, nothing, 5, PODS, {"4"}),
        (GPU, label_removed, PODS, PODS, {"1"}),
    ],
    ids=["shared, no overlay", "shared, overlay", "gpu, no overlay", "gpu, overlay", "gpu, overlay, no configuration"],
)
def test_nodes_for_seventeen_slices(
    resource: str, breaks: Callable[[Sliced], None], nodes: int, running: int, shows: set[str], tmp_path: Path
) -> None:
    pool = {
        "name": "gpu",
        "instanceTypes": ["g5.xlarge"],
        "os": "al2023",
        "capacity": ["on-demand"],
        "limits": "unlimited",
        "disruption": {"consolidateAfter": "240h"},
        "sharing": FOUR | {"rename": resource == SHARED},
    }
    sliced = Sliced(tmp_path, small(version="1.35", nodePools=[pool], components={"karpenter": {}}))
    breaks(sliced)
    sliced.somebody.create(_deployment(resource))
    sliced.pass_time(1800.0)
    assert len(sliced.nodes("gpu")) == nodes
    assert {node["status"]["allocatable"].get(resource) for node in sliced.nodes("gpu")} == shows
    pods = sliced.somebody.list("v1", "Pod", "default")[0]
    assert [pod["status"]["phase"] for pod in pods].count("Running") == running


def _deployment(resource: str) -> dict[str, Any]:
    container = {"name": "main", "image": "registry.k8s.io/pause:3.10", "resources": {"limits": {resource: 1}}}
    tolerations = [{"key": GPU, "operator": "Exists", "effect": "NoSchedule"}]
    template = {"metadata": {"labels": {"app": "a"}}, "spec": {"containers": [container], "tolerations": tolerations}}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "a", "namespace": "default"},
        "spec": {"replicas": PODS, "selector": {"matchLabels": {"app": "a"}}, "template": template},
    }

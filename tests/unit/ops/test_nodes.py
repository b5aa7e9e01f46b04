"""Rows about nodes, from plain objects."""

import pytest

from eksgpu.checks.live_cluster import LiveCluster
from eksgpu.ops.nodes import ClaimRow, nodes_report, spot_types

from .objects import SPOT_P5, SYSTEM, claim, condition, node, pod

GPU_NODE = node("gpu-1", SPOT_P5, gpus=8)
CLUSTER = LiveCluster(
    nodes=(node("sys-1", SYSTEM), GPU_NODE, node("gpu-2", SPOT_P5, ready="False")),
    pods=(
        pod("a", gpus=4, on="gpu-1"),
        pod("b", gpus=2, on="gpu-1"),
        pod("over", gpus=8, on="gpu-1", phase="Succeeded"),
        pod("waits", gpus=8, phase="Pending"),
    ),
    node_claims=(
        claim("there", condition("Launched"), condition("Registered")),
        claim("coming", condition("Launched"), condition("Registered", "Unknown", "NodeNotFound", "not registered")),
    ),
)


def test_what_a_node_has_what_is_asked_of_it_and_what_it_costs() -> None:
    report = nodes_report(CLUSTER, {("p5.48xlarge", "us-west-2b"): 20.5}, ["system"])
    gpu, broken, system = report.nodes
    assert (gpu.pool, gpu.maker) == ("gpu", "karpenter")
    assert (gpu.gpus, gpu.slices, gpu.offered, gpu.requested) == (8, 0, 8, 6)
    assert (gpu.usd_per_hour, gpu.price, gpu.problem) == (20.5, "spot", "")
    assert broken.problem == "KubeletNotReady: no network"
    assert (system.pool, system.maker, system.capacity_type, system.price) == (
        *("system", "node group", "on-demand", "on-demand"),
    )
    assert (report.pending_pods, report.pending_gpus) == (1, 8)


def test_a_spot_node_without_a_known_price_is_counted_at_its_ceiling() -> None:
    first = nodes_report(CLUSTER, {}).nodes[0]
    assert first.price == "ceiling"
    assert first.usd_per_hour is not None
    assert first.usd_per_hour > 50
    assert spot_types(CLUSTER.nodes) == ("p5.48xlarge",)


def test_a_group_goes_by_its_name_in_eks_where_the_spec_is_not_known() -> None:
    assert nodes_report(CLUSTER, {}).nodes[2].pool == "system-fa636c"


def test_only_claims_without_a_node_are_on_the_way() -> None:
    waits = ClaimRow("coming", "gpu", "p5.48xlarge", "Registered", "NodeNotFound: not registered")
    assert nodes_report(CLUSTER, {}).claims == (waits,)


@pytest.mark.parametrize(
    ("type_", "offers", "expected"),
    [
        ("g4dn.xlarge", {"nvidia.com/gpu": 4}, (1, 4, 4)),  # time slices that are called as GPUs are
        ("g4dn.xlarge", {"nvidia.com/gpu": 0, "nvidia.com/gpu.shared": 4}, (1, 4, 4)),
        ("p5.48xlarge", {"nvidia.com/gpu": 0, "nvidia.com/mig-1g.10gb": 56}, (8, 56, 56)),
        ("p5.48xlarge", {"nvidia.com/gpu": 4, "nvidia.com/mig-3g.40gb": 8}, (8, 8, 12)),  # half of them whole
        ("g4dn.xlarge", {}, (1, 0, 0)),  # its plugin is not there yet
        ("u9.large", {"nvidia.com/gpu": 2}, (2, 0, 2)),
    ],
)
def test_gpus_and_slices_are_told_apart(type_: str, offers: dict[str, int], expected: tuple[int, int, int]) -> None:
    sliced = node("n", {**SPOT_P5, "node.kubernetes.io/instance-type": type_})
    sliced["status"]["allocatable"] |= {name: str(count) for name, count in offers.items()}
    (row,) = nodes_report(LiveCluster(nodes=(sliced,)), {}).nodes
    assert (row.gpus, row.slices, row.offered) == expected


def test_reserved_capacity_is_paid_already() -> None:
    labels = {**SPOT_P5, "karpenter.sh/capacity-type": "reserved"}
    (row,) = nodes_report(LiveCluster(nodes=(node("n", labels),)), {}).nodes
    assert row.usd_per_hour == 0.0

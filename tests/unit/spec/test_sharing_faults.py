"""What is told about sharing GPUs where it stands: at its pool or its node group."""

import pytest

from tests.unit.spec.telling import told

SYSTEM = "{name: system, system: true, instanceTypes: [m5.large], desired: 2}"
TURNS = "sharing: {strategy: timeSlicing, replicas: 4"


@pytest.mark.parametrize(
    ("pool", "expected"),
    [
        ("instanceTypes: [m5.large], " + TURNS + "}", "sharing: m5.large has no GPU to share"),
        ("gpu: {name: t4}, sharing: {strategy: mig, profile: 1g.10gb}", "sharing.strategy: NVIDIA T4 has no MIG"),
        (
            "gpu: {name: t4, count: 1}, " + TURNS + ", memoryPerSlice: 8Gi}",
            "sharing.memoryPerSlice: 4 slices of 8Gi each exceed",
        ),
        (
            "gpu: {name: t4}, limits: {nvidia.com/gpu.shared: 8}, " + TURNS + "}",
            "limits count GPUs, and nvidia.com/gpu.shared is a slice of one",
        ),
        (
            "gpu: {name: t4}, labels: {nvidia.com/device-plugin.config: mine}, " + TURNS + "}",
            "sharing.strategy: the label nvidia.com/device-plugin.config=mine selects another configuration",
        ),
    ],
)
def test_a_pool(pool: str, expected: str) -> None:
    text = f"nodePools: [{{name: gpu, os: al2023, {pool}}}]\ncomponents: {{karpenter: {{}}}}"
    (fault,) = told(text)
    assert expected in fault
    assert "spec.nodePools[gpu]" in fault


@pytest.mark.parametrize(
    ("group", "expected"),
    [
        ("desired: 1", "it does not say of which type its nodes are"),
        ("gpu: {name: t4}, instanceTypes: [m5.large]", "m5.large does not have the GPUs that gpu asks for"),
        (
            "instanceTypes: [g5.xlarge, g5.12xlarge], " + TURNS + "}",
            "sharing: the group's types differ in GPUs (g5.xlarge has 1, g5.12xlarge has 4)",
        ),
        (
            "gpu: {name: t4}, labels: {k8s.amazonaws.com/accelerator: t4}, " + TURNS + ", rename: true}",
            "the Cluster Autoscaler waits for nvidia.com/gpu, which its nodes lack",
        ),
    ],
)
def test_a_group(group: str, expected: str) -> None:
    (fault,) = told(f"nodeGroups: [{SYSTEM}, {{name: g, {group}}}]")
    assert expected in fault
    assert "spec.nodeGroups[g]" in fault

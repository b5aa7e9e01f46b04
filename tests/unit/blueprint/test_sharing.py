"""Which nodes get a device plugin, which labels, which user data; and what Karpenter is told in slices."""

from typing import Any

import pytest

from eksgpu.aws.eks_node_group import EksNodeGroup
from eksgpu.aws.launch_template import LaunchTemplate
from eksgpu.engine.graph import Graph
from eksgpu.errors import PlanRefused
from eksgpu.kube.object import KubeObject

from .test_kubernetes import before, graph

SYSTEM = "{name: system, system: true, instanceTypes: [m5.large], desired: 2}"
PLUGIN = "kubernetes/DaemonSet.apps/kube-system/nvidia-device-plugin-daemonset"


def _pool(fields: str, more: str = "") -> Graph:
    return graph(f"  nodePools: [{{name: gpu, {fields}}}]\n  components: {{karpenter: {{}}{more}}}\n")


def _group(fields: str) -> tuple[EksNodeGroup, LaunchTemplate]:
    resources = graph(f"  nodeGroups: [{SYSTEM}, {{name: g, {fields}}}]\n").resources
    group, template = resources["eks_node_group/g"], resources["launch_template/g"]
    assert isinstance(group, EksNodeGroup)
    assert isinstance(template, LaunchTemplate)
    return group, template


def _manifest(wanted: Graph, identity: str) -> Any:
    found = wanted.resources[identity]
    assert isinstance(found, KubeObject)
    return found.manifest


@pytest.mark.parametrize(
    ("pool", "plugin"),
    [
        ("gpu: {name: t4}, os: al2023", True),
        ("gpu: {name: t4}, os: bottlerocket", False),
        ("instanceTypes: [m5.large], os: al2023", False),
    ],
)
def test_a_plugin_comes_with_amazon_linux_and_gpus_alone(pool: str, plugin: bool) -> None:
    wanted = _pool(pool)
    assert (PLUGIN in wanted.resources) is plugin
    template = _manifest(wanted, "kubernetes/NodePool.karpenter.sh/gpu")["spec"]["template"]
    labels = template.get("metadata", {}).get("labels", {})
    assert labels == ({"nvidia.com/gpu.present": "true"} if plugin else {})


def test_configurations_come_before_the_plugin_and_overlays_before_their_pool() -> None:
    wanted = _pool("gpu: {name: t4}, os: al2023, sharing: {strategy: timeSlicing, replicas: 4}")
    assert "kubernetes/ConfigMap/kube-system/nvidia-device-plugin-configs" in before(wanted, PLUGIN)
    pool = "kubernetes/NodePool.karpenter.sh/gpu"
    overlays = {name for name in before(wanted, pool) if "NodeOverlay" in name}
    # A node of t4s has 1, 4 or 8 of them.
    assert {name.rpartition("/")[2] for name in overlays} == {"gpu-1-gpu", "gpu-4-gpu", "gpu-8-gpu"}


@pytest.mark.parametrize(
    ("limits", "rename", "expected"),
    [
        ("{nvidia.com/gpu: 8, cpu: 64}", "false", {"cpu": "64", "nvidia.com/gpu": "32"}),
        ("{nvidia.com/gpu: 8}", "true", {"nvidia.com/gpu.shared": "32"}),
    ],
)
def test_limits_count_gpus_and_karpenter_is_told_slices(limits: str, rename: str, expected: dict[str, str]) -> None:
    sharing = f"{{strategy: timeSlicing, replicas: 4, rename: {rename}}}"
    wanted = _pool(f"instanceTypes: [g4dn.xlarge], limits: {limits}, sharing: {sharing}")
    assert _manifest(wanted, "kubernetes/NodePool.karpenter.sh/gpu")["spec"]["limits"] == expected


def test_mig_is_cut_by_user_data_in_pools_and_groups_alike() -> None:
    sharing = "sharing: {strategy: mig, profile: 3g.20gb}"
    wanted = _pool(f"instanceTypes: [p4d.24xlarge], os: al2023, {sharing}")
    user_data = _manifest(wanted, "kubernetes/EC2NodeClass.karpenter.k8s.aws/gpu")["spec"]["userData"]
    group, template = _group(f"instanceTypes: [p4d.24xlarge], {sharing}")
    assert "3g.20gb:4,3g.20gb:0" in user_data or "3g.20gb:0,3g.20gb:4" in user_data
    assert "3g.20gb" in str(template.user_data)
    assert group.labels["nvidia.com/device-plugin.config"] == "mig-single"
    assert group.tags["k8s.io/cluster-autoscaler/node-template/resources/nvidia.com/gpu"] == "16"


def test_a_bottlerocket_group_shares_by_its_launch_template_and_is_known_as_one_with_gpus() -> None:
    group, template = _group("gpu: {name: l4, count: 1}, os: bottlerocket, sharing: {strategy: mps, replicas: 2}")
    assert group.instance_types == ("g6.xlarge",)
    assert group.labels == {"eksgpu.dev/gpu": "true"}
    assert 'device-sharing-strategy = "mps"' in str(template.user_data)


def test_pools_of_one_class_must_share_in_one_way() -> None:
    both = ", ".join(
        f"{{name: {name}, nodeClass: one, instanceTypes: [p4d.24xlarge], os: al2023{sharing}}}"
        for name, sharing in (("whole", ""), ("cut", ", sharing: {strategy: mig, profile: 1g.5gb}"))
    )
    with pytest.raises(PlanRefused, match="whole and cut make nodes from one EC2NodeClass"):
        graph(f"  nodePools: [{both}]\n  components: {{karpenter: {{}}}}\n")


def test_metrics_of_gpus_when_asked_for() -> None:
    wanted = _pool("gpu: {name: h100}", ", dcgmExporter: {version: 4.6.1-4.8.4}")
    assert "kubernetes/DaemonSet.apps/kube-system/dcgm-exporter" in wanted.resources

"""`cluster: {existing: …}` in place of a whole cluster: what goes with it, and what does not."""

import pytest

from tests.unit.spec.telling import spec, told

THERE = "cluster: {existing: My_cluster-1}\n"


def test_it_brings_nothing_by_itself() -> None:
    body = spec(THERE).spec
    assert body.cluster is not None
    assert body.cluster.existing == "My_cluster-1"
    assert body.node_groups == ()
    assert spec(f"{THERE}nodePools: [{{name: gpu, gpu: {{name: t4, count: 1}}}}]").spec.node_pools


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('version: "1.35"', "version: a cluster that is there already has its own | remove version, or cluster"),
        (
            "network: {vpc: default}",
            "network: a cluster that is there already has its own | remove network, or cluster",
        ),
        ("deletionProtection: true", "deletionProtection: a cluster that is there already has its own"),
        ("components: {karpenter: {}}", "components.karpenter: what runs in a cluster that is there already is used"),
    ],
)
def test_what_describes_a_whole_cluster_is_refused(body: str, expected: str) -> None:
    (fault,) = told(THERE + body)
    assert fault.partition("spec.")[2].startswith(expected)


def test_names_are_those_of_eks_and_iam() -> None:
    (fault,) = told("cluster: {existing: 'no name'}")
    assert "EKS has no cluster of such a name | `aws eks list-clusters`" in fault
    (fault,) = told("cluster: {existing: a, nodeRole: 'arn:aws:iam::1:role/x'}")
    assert "write the role's name without its path or ARN" in fault


def test_a_vpc_of_somebody_elses_gets_no_endpoints() -> None:
    (fault,) = told("network: {vpc: default, vpcEndpoints: {s3: true}}")
    assert "endpoints would change the route tables and names of a VPC that is not ours" in fault


SLICES = "sharing: {strategy: timeSlicing, replicas: 4}"


def test_existing_nodes_are_found_by_labels_or_by_their_group() -> None:
    nodes = f"existingNodes: [{{name: a, nodeGroup: gpu_1, {SLICES}}}, {{name: b, nodeSelector: {{x/y: z}}, {SLICES}}}]"
    first, second = spec(THERE + nodes).spec.existing_nodes
    assert first.labels == {"eks.amazonaws.com/nodegroup": "gpu_1"}
    assert second.labels == {"x/y": "z"}
    assert not first.consent


@pytest.mark.parametrize(
    ("nodes", "expected"),
    [
        (SLICES, "existingNodes[a]: it does not say which nodes are meant | write nodeGroup: NAME"),
        (f"nodeGroup: g, nodeSelector: {{a: b}}, {SLICES}", "existingNodes[a].nodeSelector: nodeGroup says already"),
        (
            "nodeGroup: g, sharing: {strategy: mig, profile: 1g.10gb}",
            "existingNodes[a].sharing.strategy: MIG cuts GPUs while a node starts",
        ),
        ("nodeGroup: g", 'existingNodes[a]: "sharing" is missing'),
    ],
)
def test_what_is_wrong_with_existing_nodes(nodes: str, expected: str) -> None:
    (fault,) = told(f"{THERE}existingNodes: [{{name: a, {nodes}}}]")
    assert fault.partition("spec.")[2].startswith(expected)


def test_existing_nodes_belong_to_an_existing_cluster_and_need_our_plugin() -> None:
    nodes = f"existingNodes: [{{name: a, nodeGroup: g, {SLICES}}}]\n"
    (fault,) = told(nodes)
    assert "existingNodes: a cluster that this spec makes has no nodes of somebody else's" in fault
    (fault,) = told(f"{THERE}{nodes}components: {{nvidiaDevicePlugin: false}}\n")
    assert "existing nodes are shared by a device plugin of ours, and it is left out" in fault
    (fault,) = told(f"{THERE}existingNodes: [{{name: a, nodeGroup: g, {SLICES}}}, {{name: a, nodeGroup: h, {SLICES}}}]")
    assert "two sets of existing nodes have the name a" in fault


def test_the_device_plugin_is_left_out_by_one_word() -> None:
    assert spec("components: {nvidiaDevicePlugin: false}").spec.components.nvidia_device_plugin is False
    assert spec("components: {nvidiaDevicePlugin: false}").spec.components.chosen == ()
    (fault,) = told("components: {nvidiaDevicePlugin: true}")
    assert "nvidiaDevicePlugin" in fault

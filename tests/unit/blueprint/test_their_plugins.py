"""Whose device plugin comes onto a node: by what the node has, or by what it will have."""

from typing import Any

import pytest

from eksgpu.blueprint.their_plugins import on_ours, on_theirs
from eksgpu.facts.found import FoundCluster, FoundNetwork, FoundPlugin
from eksgpu.facts.found_nodes import FoundGroup, FoundNode, FoundNodes
from eksgpu.scheduling.taints import Taint
from eksgpu.spec.models import NodePool

EVERYWHERE = {"tolerations": [{"operator": "Exists"}]}
OPERATOR = {**EVERYWHERE, "nodeSelector": {"nvidia.com/gpu.deploy.device-plugin": "true"}}
POOL = NodePool(name="gpu", instance_types=("g4dn.xlarge",), os="al2023", labels={"team": "a"})
TAINT = Taint("nvidia.com/gpu", "true", "NoSchedule")


def cluster(placed: dict[str, Any]) -> FoundCluster:
    plugin = FoundPlugin("kube-system", "theirs", "nvcr.io/nvidia/k8s-device-plugin:v0.17.0", "somebody else", placed)
    return FoundCluster("c", FoundNetwork("vpc-1", "10.0.0.0/16", ()), "sg-1", plugins=(plugin,))


def where(*expressions: dict[str, Any]) -> dict[str, Any]:
    required = {"nodeSelectorTerms": [{"matchExpressions": list(expressions)}]}
    return {**EVERYWHERE, "affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": required}}}


@pytest.mark.parametrize(
    ("placed", "comes"),
    [
        (EVERYWHERE, True),
        ({}, False),  # the pool's taint keeps it off
        (OPERATOR, True),  # whose label comes with the node
        (where({"key": "karpenter.sh/nodepool", "operator": "NotIn", "values": ["gpu"]}), False),
        (where({"key": "team", "operator": "NotIn", "values": ["a"]}), False),
        (where({"key": "node.kubernetes.io/instance-type", "operator": "In", "values": ["p5.48xlarge"]}), False),
        (where({"key": "topology.kubernetes.io/zone", "operator": "In", "values": ["us-west-2a"]}), True),  # it may
        (where({"key": "feature.node.kubernetes.io/pci-10de.present", "operator": "In", "values": ["true"]}), True),
    ],
)
def test_nodes_of_ours_that_are_to_come(placed: dict[str, Any], comes: bool) -> None:
    assert (on_ours(cluster(placed), POOL, {}) is not None) is comes


def test_nodes_of_theirs_go_by_the_labels_that_they_have() -> None:
    node = FoundNode("n", "g4dn.xlarge", "Amazon Linux 2023", {"workload": "gpu"}, (TAINT,))
    labelled = FoundNode("n", "g4dn.xlarge", "Amazon Linux 2023", {"nvidia.com/gpu.deploy.device-plugin": "true"})
    group = FoundGroup("g", "arn", ("g4dn.xlarge",), "AL2023_x86_64_NVIDIA")
    assert on_theirs(cluster(EVERYWHERE), FoundNodes((node,))) is not None
    assert on_theirs(cluster({}), FoundNodes((node,))) is None
    assert on_theirs(cluster(OPERATOR), FoundNodes((node,), (group,))) is None
    assert on_theirs(cluster(OPERATOR), FoundNodes((labelled,), (group,))) is not None
    assert on_theirs(cluster(OPERATOR), FoundNodes((), (group,))) is not None  # no node yet

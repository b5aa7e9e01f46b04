"""The checks of verify, each on a cluster of a few objects."""

from dataclasses import replace
from typing import Any

import pytest

from eksgpu.checks.check import Check
from eksgpu.checks.context import Smoke, VerifyContext
from eksgpu.checks.controllers_ready import controllers_ready
from eksgpu.checks.gpu_smoke import gpu_smoke
from eksgpu.checks.gpus_allocatable import gpus_allocatable
from eksgpu.checks.live_cluster import LiveCluster
from eksgpu.checks.node_claims_ready import node_claims_ready
from eksgpu.checks.nodes_ready import nodes_ready
from eksgpu.checks.pods_scheduled import pods_scheduled
from eksgpu.checks.pools_ready import pools_ready
from eksgpu.checks.registry import checks, run_checks
from tests.unit.ops.objects import SPOT_P5, SYSTEM, Object, claim, condition, node

from .account import spec_of

SPEC = spec_of("""\
  nodeGroups: [{name: system, system: true, instanceTypes: [m5.large], desired: 2}]
  nodePools: [{name: gpu, gpu: {name: h100, count: 8}, nodeClass: h100, capacity: [spot]}]
  components: {karpenter: {}}
""")


def found(check: Check, **lists: tuple[Object, ...]) -> list[tuple[str, str]]:
    context = VerifyContext(SPEC, LiveCluster(**lists))  # type: ignore[arg-type]
    return [(str(one.severity), one.where) for one in check.run(context)]


def told(check: Check, **lists: Any) -> str:
    (one,) = check.run(VerifyContext(SPEC, LiveCluster(**lists)))
    return str(one.message)


def deployment(name: str, *, ready: int, namespace: str = "kube-system", release: str = "") -> Object:
    annotations = {"meta.helm.sh/release-name": release} if release else {}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": namespace, "generation": 1, "annotations": annotations},
        "spec": {"replicas": 2},
        "status": {"observedGeneration": 1, "updatedReplicas": 2, "availableReplicas": ready},
    }


def karpenters(kind: str, name: str, *conditions: Object) -> Object:
    group = "karpenter.sh" if kind == "NodePool" else "karpenter.k8s.aws"
    metadata = {"name": name, "generation": 1}
    status = {"conditions": list(conditions)}
    return {"apiVersion": f"{group}/v1", "kind": kind, "metadata": metadata, "spec": {}, "status": status}


SYSTEM_NODES = (node("sys-1", SYSTEM), node("sys-2", SYSTEM))
CLASS = karpenters("EC2NodeClass", "h100", condition("Ready"))
POOL = karpenters("NodePool", "gpu", condition("Ready"))


def test_a_whole_cluster_has_no_finding() -> None:
    cluster = LiveCluster(
        nodes=(*SYSTEM_NODES, node("gpu-1", SPOT_P5, gpus=8)),
        node_pools=(POOL,),
        node_classes=(CLASS,),
        node_claims=(claim("gpu-1", condition("Ready")),),
        deployments=(deployment("karpenter", ready=2), deployment("coredns", ready=2)),
    )
    assert run_checks(VerifyContext(SPEC, cluster, (Smoke("spec.nodePools[gpu]", "done"),)), "verify") == ()
    assert len(checks("verify")) == 10


def test_nodes_that_are_not_ready_and_groups_that_lack_some() -> None:
    broken = node("sys-2", SYSTEM, ready="False")
    assert found(nodes_ready, nodes=SYSTEM_NODES) == []
    assert found(nodes_ready, nodes=(SYSTEM_NODES[0], broken)) == [
        ("error", "node sys-2"),
        ("error", "spec.nodeGroups[system]"),
    ]
    other = {**SYSTEM, "eks.amazonaws.com/nodegroup": "system-big"}
    assert told(nodes_ready, nodes=(SYSTEM_NODES[0], node("x", other))).startswith("1 of its nodes are Ready")


def test_pools_and_classes_that_are_missing_or_not_ready() -> None:
    unready = karpenters("EC2NodeClass", "h100", condition("Ready", "False", "SubnetsNotFound", "no subnet"))
    assert found(pools_ready, node_pools=(POOL,), node_classes=(CLASS,)) == []
    assert (
        told(pools_ready, node_pools=(POOL,), node_classes=(unready,)) == "it is not Ready: SubnetsNotFound: no subnet"
    )
    assert found(pools_ready, node_classes=(CLASS,)) == [("error", "NodePool gpu")]
    assert "CRDs are not there" in told(pools_ready, unserved=frozenset({"node_pools", "node_classes"}))


@pytest.mark.parametrize(
    ("conditions", "severity"),
    [
        ((condition("Launched", "False", "InsufficientCapacity", "none"),), "error"),
        ((condition("Launched", "Unknown"),), "warning"),
        ((condition("Launched"), condition("Registered"), condition("Initialized", "Unknown")), "note"),
        ((condition("Ready"),), ""),
    ],
)
def test_node_claims_by_how_far_they_are(conditions: tuple[Object, ...], severity: str) -> None:
    seen = found(node_claims_ready, node_claims=(claim("gpu-x", *conditions),))
    assert seen == ([(severity, "nodeclaim gpu-x")] if severity else [])


def test_gpus_that_nobody_can_ask_for() -> None:
    def message(gpus: int, image: str) -> str:
        return told(gpus_allocatable, nodes=(node("gpu-1", SPOT_P5, gpus=gpus, image=image),))

    assert "Bottlerocket's own plugin" in message(0, "Bottlerocket 1.64")
    assert "no device plugin runs on it" in message(0, "Amazon Linux 2023")
    assert "7 of the 8 GPUs" in message(7, "Bottlerocket 1.64")
    assert found(gpus_allocatable, nodes=(node("gpu-1", SPOT_P5, gpus=0, ready="False"), *SYSTEM_NODES)) == []
    assert found(gpus_allocatable, nodes=(node("shared", SPOT_P5, gpus=32),)) == []


def test_controllers_that_are_missing_or_not_ready() -> None:
    assert found(controllers_ready, deployments=(deployment("karpenter", ready=2),)) == []
    renamed = deployment("kp", ready=2, release="karpenter")
    assert found(controllers_ready, deployments=(renamed,)) == []
    assert found(controllers_ready, deployments=(deployment("karpenter", ready=1),)) == [
        ("error", "deployment kube-system/karpenter")
    ]
    elsewhere = deployment("web", ready=0, namespace="default")
    assert found(controllers_ready, deployments=(elsewhere,)) == [("error", "deployment kube-system/karpenter")]


def test_smoke_pods_that_did_not_see_a_gpu() -> None:
    failed = Smoke("spec.nodePools[gpu]", "failed", "BackoffLimitExceeded", node="n-1", log="head\nNVML: no driver\n")
    waiting = replace(failed, state="waiting", why="no capacity", seconds=1200.0, log="", node="")
    done = replace(failed, state="done")
    first, second = gpu_smoke.run(VerifyContext(SPEC, LiveCluster(), (failed, waiting, done)))
    assert first.message == "the smoke pod failed: BackoffLimitExceeded; NVML: no driver"
    assert "kubectl describe node n-1" in first.fix
    assert second.message == "the smoke pod did not end in 1200 s: no capacity"


def waiting_pod(**spec: Any) -> Object:
    container = {"name": "main", "image": "a/b:1", "resources": {"limits": {"nvidia.com/gpu": "1"}}}
    unschedulable = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "0/2 nodes"}
    return {
        "metadata": {"name": "train", "namespace": "default"},
        "spec": {"containers": [container], **spec},
        "status": {"phase": "Pending", "conditions": [unschedulable]},
    }


@pytest.mark.parametrize(
    ("pod", "words"),
    [
        (waiting_pod(nodeSelector={"node-type": "cpu"}), "node-type"),
        (
            waiting_pod(containers=[{"name": "a", "image": "a/b:1"}], nodeSelector={"node-type": "gpu"}),
            "nvidia.com/gpu",
        ),
        (waiting_pod(nodeSelector={"node-type": "gpu"}), "it waits for a node: 0/2 nodes"),
    ],
)
def test_a_pod_that_waits_is_told_what_keeps_it_off(pod: Object, words: str) -> None:
    requirements = [{"key": "karpenter.k8s.aws/instance-family", "operator": "In", "values": ["g5"]}]
    template = {
        "metadata": {"labels": {"node-type": "gpu"}},
        "spec": {"requirements": requirements, "taints": [{"key": "nvidia.com/gpu", "effect": "NoSchedule"}]},
    }
    pool = {"metadata": {"name": "gpu"}, "spec": {"template": template}}
    assert words in told(pods_scheduled, pods=(pod,), node_pools=(pool,))

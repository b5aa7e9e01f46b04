"""Slices through everything that is real but AWS: charts, a DaemonSet, overlays as objects, the scheduler."""

from dataclasses import replace
from typing import Any

from eksgpu.catalog.instance import instances
from eksgpu.components.node_overlays import node_overlay
from eksgpu.components.node_pools import NodePool
from eksgpu.components.node_requirements import Wish, requirements
from eksgpu.components.nvidia_device_plugin import nvidia_device_plugin
from eksgpu.scheduling.sharing.plan import plan_sharing
from eksgpu.scheduling.sharing.plugin import WHOLE_GPUS
from eksgpu.scheduling.sharing.wish import Host, Kind, Strategy
from eksgpu.scheduling.sharing.wish import Wish as Sharing
from tests.unit.components.seed_pools import GPU_TAINT, node_class

from .embedded import Embedded
from .stage import BEARS_GPU, TinyCloud, plain

TYPES = [instances()["g5.xlarge"]]


def test_seventeen_pods_of_a_deployment_share_five_nodes() -> None:
    plan = plan_sharing(Sharing(Strategy.TIME_SLICING, 4), Host("shared", Kind.NODE_POOL, "al2023", tuple(TYPES)))
    cloud = TinyCloud()
    on = Embedded(cloud)
    on.karpenter(settings={"clusterName": "demo", "interruptionQueue": "demo", "featureGates": {"nodeOverlay": True}})
    for manifest in nvidia_device_plugin({"default": WHOLE_GPUS, str(plan.config_key): plan.config or {}}):
        on.client.create(manifest)
    for one in plan.overlays:
        on.client.create(node_overlay(one.name, pool=one.pool, gpus=one.gpus, capacity=one.capacity, weight=one.weight))
    on.client.create(plain(replace(node_class("shared", TYPES, os="al2023"), settings=plan.settings).manifest))
    on.client.create(_pool(dict(plan.labels)))
    on.pass_time(30)
    on.client.create(_slices(17))
    on.pass_time(900)
    pods, _ = on.client.list("v1", "Pod", "default")
    assert [pod["status"]["phase"] for pod in pods] == ["Running"] * 17
    assert len(cloud.instances) == 5
    (overlay,), _ = on.client.list("karpenter.sh/v1alpha1", "NodeOverlay")
    assert {one["type"]: one["status"] for one in overlay["status"]["conditions"]} == {
        "ValidationSucceeded": "True",
        "Ready": "True",
    }
    plugins, _ = on.client.list("v1", "Pod", "kube-system", labels="name=nvidia-device-plugin-ds")
    assert len(plugins) == 5


def _pool(labels: dict[str, str]) -> dict[str, Any]:
    return NodePool(
        name="shared",
        node_class="shared",
        requirements=requirements(Wish(instance_types=("g5.xlarge",), capacity=("on-demand",))),
        taints=(GPU_TAINT,),
        labels=labels,
        disruption={"consolidationPolicy": "WhenEmpty", "consolidateAfter": "Never"},
    ).manifest


def _slices(count: int) -> dict[str, Any]:
    container = {
        "name": "main",
        "image": "registry.k8s.io/pause:3.10",
        "resources": {"limits": {"nvidia.com/gpu": 1}},
    }
    labels = {"app": "slices"}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "slices", "namespace": "default"},
        "spec": {
            "replicas": count,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container], "tolerations": BEARS_GPU}},
        },
    }

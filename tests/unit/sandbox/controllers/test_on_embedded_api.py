"""The controllers as clients of the embedded Kubernetes API: a Deployment of GPU pods from nothing to nothing."""

from importlib import resources
from typing import Any

import orjson
from ruamel.yaml import YAML

from tests.unit.components.seed_pools import P5, h100_pool, node_class

from .embedded import Embedded
from .stage import BEARS_GPU, TinyCloud, plain


def test_vllm_comes_on_a_p5_node_and_both_go_again() -> None:
    cloud = TinyCloud()
    on = Embedded(cloud)
    written: list[tuple[Any, bytes]] = []
    on.api.cluster.store.listen(lambda change: written.append((change.object, orjson.dumps(change.object))))
    on.karpenter()
    on.client.create(plain(node_class("h100-gpu", P5).manifest))
    on.client.create(h100_pool().manifest)
    on.pass_time(60)
    for manifest in workload("vllm-h100"):
        on.client.create({**manifest, "metadata": {**manifest["metadata"], "namespace": "default"}})
    on.pass_time(900)
    assert phases(on, "vllm-h100") == ["Running"]
    assert len(gpu_nodes(on)) == 1
    on.client.delete("apps/v1", "Deployment", "vllm-h100", "default")
    on.pass_time(300)
    assert phases(on, "vllm-h100") == []
    assert gpu_nodes(on) == []
    assert cloud.instances == {}
    # What is stored is seen by many, and changed by nobody.
    assert [found["metadata"]["name"] for found, was in written if orjson.dumps(found) != was] == []


def test_without_its_deployment_karpenter_does_nothing_and_with_it_ends_what_was_begun() -> None:
    cloud = TinyCloud()
    on = Embedded(cloud)
    on.client.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "karpenter"}})
    on.karpenter("karpenter")
    on.client.create(plain(node_class("h100-gpu", P5).manifest))
    on.client.create(h100_pool().manifest)
    gpu_pod(on, "one")
    on.pass_time(600)
    assert len(cloud.instances) == 1
    on.helm.uninstall("karpenter", "karpenter")
    gpu_pod(on, "two")
    on.client.delete("karpenter.sh/v1", "NodePool", "p5-gpu-h100")
    on.client.delete("karpenter.k8s.aws/v1", "EC2NodeClass", "h100-gpu")
    on.pass_time(600)
    assert on.names("karpenter.sh/v1", "NodePool") == []
    assert len(on.names("karpenter.sh/v1", "NodeClaim")) == len(cloud.instances) == 1
    assert on.names("karpenter.k8s.aws/v1", "EC2NodeClass") == ["h100-gpu"]
    on.karpenter("karpenter")
    on.pass_time(600)
    assert on.names("karpenter.sh/v1", "NodeClaim") == on.names("karpenter.k8s.aws/v1", "EC2NodeClass") == []
    assert cloud.instances == {}
    assert cloud.profiles == set()


def test_a_deleted_node_is_drained_and_its_instance_ended_and_a_new_one_takes_its_pods() -> None:
    cloud = TinyCloud()
    on = Embedded(cloud)
    on.karpenter()
    on.client.create(plain(node_class("h100-gpu", P5).manifest))
    on.client.create(h100_pool().manifest)
    on.pass_time(10)
    (trainer,) = workload("vllm-h100")[:1]
    on.client.create({**trainer, "metadata": {**trainer["metadata"], "namespace": "default"}})
    on.pass_time(900)
    (node,), (instance,) = gpu_nodes(on), cloud.instances
    on.client.delete("v1", "Node", node)
    assert on.client.get("v1", "Node", node)["metadata"]["finalizers"] == ["karpenter.sh/termination"]
    on.pass_time(900)
    assert instance not in cloud.instances
    assert len(cloud.instances) == 1
    assert gpu_nodes(on) != [node]
    assert phases(on, "vllm-h100") == ["Running"]


def gpu_pod(on: Embedded, name: str) -> None:
    container = {"name": "main", "image": "registry.k8s.io/pause:3.10", "resources": {"limits": {"nvidia.com/gpu": 8}}}
    on.client.create({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": "default"},
        "spec": {"tolerations": BEARS_GPU, "containers": [container]},
    })  # fmt: skip


def phases(on: Embedded, app: str) -> list[str]:
    pods, _ = on.client.list("v1", "Pod", "default", labels=f"app={app}")
    return [pod["status"]["phase"] for pod in pods]


def gpu_nodes(on: Embedded) -> list[str]:
    nodes, _ = on.client.list("v1", "Node")
    return [node["metadata"]["name"] for node in nodes if "nvidia.com/gpu" in node["status"]["allocatable"]]


def workload(name: str) -> list[dict[str, Any]]:
    file = resources.files("eksgpu").joinpath("workloads", f"{name}.yaml")
    return list(YAML(typ="safe").load_all(file.read_text(encoding="utf-8")))

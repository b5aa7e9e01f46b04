"""The controllers as clients of the embedded Kubernetes API: a Deployment of GPU pods from nothing to nothing."""

from importlib import resources
from typing import Any

from ruamel.yaml import YAML

from eksgpu.engine.clock import SteppedClock
from eksgpu.sandbox.controllers.fleet import Fleet
from eksgpu.sandbox.kubernetes.api import Api
from tests.unit.components.seed_pools import P5, h100_pool, node_class

from .stage import BEARS_CONTROLLER, DURATIONS, TinyCloud, plain

KARPENTER = {"app.kubernetes.io/name": "karpenter"}
CUSTOM = (
    ("karpenter.sh", "NodePool", "nodepools"),
    ("karpenter.sh", "NodeClaim", "nodeclaims"),
    ("karpenter.k8s.aws", "EC2NodeClass", "ec2nodeclasses"),
)


class Embedded:
    def __init__(self) -> None:
        self.clock, self.cloud = SteppedClock(), TinyCloud()
        self.api = Api(self.clock)
        self.client = self.api.client(user="system:sandbox")
        self.fleet = Fleet(
            self.client, self.cloud, self.clock, seconds=DURATIONS.seconds, log=self.api.logs.append, heartbeats=False
        )
        self.api.add_step(self.fleet.step)

    def pass_time(self, seconds: float) -> None:
        end = self.clock.monotonic() + seconds
        self.api.settle()
        while (due := self.fleet.due) is not None and due <= end:
            self.clock.sleep(max(0.001, due - self.clock.monotonic()))
            self.api.settle()
        self.clock.sleep(max(0.0, end - self.clock.monotonic()))
        self.api.settle()

    def phases(self, app: str) -> list[str]:
        pods, _ = self.client.list("v1", "Pod", "default", labels=f"app={app}")
        return [pod["status"]["phase"] for pod in pods]

    def gpu_nodes(self) -> list[str]:
        nodes, _ = self.client.list("v1", "Node")
        return [node["metadata"]["name"] for node in nodes if "nvidia.com/gpu" in node["status"]["allocatable"]]


def test_vllm_comes_on_a_p5_node_and_both_go_again() -> None:
    on = Embedded()
    for group, kind, plural in CUSTOM:
        on.client.create(definition(group, kind, plural))
    on.client.create(karpenter())
    on.client.create(plain(node_class("h100-gpu", P5).manifest))
    on.client.create(h100_pool().manifest)
    on.pass_time(60)
    for manifest in workload("vllm-h100"):
        on.client.create({**manifest, "metadata": {**manifest["metadata"], "namespace": "default"}})
    on.pass_time(900)
    assert on.phases("vllm-h100") == ["Running"]
    assert len(on.gpu_nodes()) == 1
    on.client.delete("apps/v1", "Deployment", "vllm-h100", "default")
    on.pass_time(300)
    assert on.phases("vllm-h100") == []
    assert on.gpu_nodes() == []
    assert on.cloud.instances == {}


def definition(group: str, kind: str, plural: str) -> dict[str, Any]:
    schema = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
    version = {"name": "v1", "served": True, "storage": True, "subresources": {"status": {}}, "schema": schema}
    names = {"kind": kind, "listKind": f"{kind}List", "plural": plural, "singular": kind.lower()}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{group}"},
        "spec": {"group": group, "scope": "Cluster", "names": names, "versions": [version]},
    }


def karpenter() -> dict[str, Any]:
    container = {"name": "controller", "image": "public.ecr.aws/karpenter/controller:1.14.1"}
    template = {"metadata": {"labels": KARPENTER}, "spec": {"tolerations": BEARS_CONTROLLER, "containers": [container]}}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "karpenter", "namespace": "kube-system", "labels": KARPENTER},
        "spec": {"replicas": 2, "selector": {"matchLabels": KARPENTER}, "template": template},
    }


def workload(name: str) -> list[dict[str, Any]]:
    file = resources.files("eksgpu").joinpath("workloads", f"{name}.yaml")
    return list(YAML(typ="safe").load_all(file.read_text(encoding="utf-8")))

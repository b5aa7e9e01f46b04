"""Namespaces, CRDs and what pods name come first; nothing else is ordered."""

from typing import Any

from eksgpu.engine.graph import Graph
from eksgpu.engine.refs import Ref
from eksgpu.engine.resource import Resource
from eksgpu.kube.object import KubeObject
from eksgpu.kube.order import arranged


def wanted(api_version: str, kind: str, name: str, namespace: str = "", **fields: Any) -> KubeObject:
    metadata = {"name": name} | ({"namespace": namespace} if namespace else {})
    return KubeObject.of({"apiVersion": api_version, "kind": kind, "metadata": metadata, **fields}, cluster="demo")


POD = {
    "serviceAccountName": "runner",
    "containers": [{"name": "a", "envFrom": [{"configMapRef": {"name": "settings"}}]}],
    "volumes": [{"name": "v", "persistentVolumeClaim": {"claimName": "models"}}],
}
OBJECTS = (
    wanted("apps/v1", "Deployment", "web", "team", spec={"template": {"spec": POD}}),
    wanted("v1", "Namespace", "team"),
    wanted("v1", "ServiceAccount", "runner", "team"),
    wanted("v1", "ConfigMap", "settings", "team"),
    wanted("v1", "ConfigMap", "settings", "other"),
    wanted("v1", "PersistentVolumeClaim", "models", "team"),
    wanted(
        "apiextensions.k8s.io/v1",
        "CustomResourceDefinition",
        "nodepools.karpenter.sh",
        spec={"group": "karpenter.sh", "names": {"kind": "NodePool"}},
    ),
    wanted("karpenter.sh/v1", "NodePool", "default", spec={"template": {"spec": {"nodeClassRef": {"name": "gpu"}}}}),
    wanted("karpenter.k8s.aws/v1", "EC2NodeClass", "gpu"),
)


def needs() -> dict[str, set[str]]:
    graph = Graph(arranged(OBJECTS))
    return {name: {need.removeprefix("kubernetes/") for need in graph.needs[name]} for name in graph.needs}


def test_what_comes_first() -> None:
    found = {name.removeprefix("kubernetes/"): need for name, need in needs().items()}
    assert found["Deployment.apps/team/web"] == {
        "Namespace/team",
        "ServiceAccount/team/runner",
        "ConfigMap/team/settings",
        "PersistentVolumeClaim/team/models",
    }
    assert found["ConfigMap/other/settings"] == set()
    assert found["NodePool.karpenter.sh/default"] == {
        "CustomResourceDefinition.apiextensions.k8s.io/nodepools.karpenter.sh",
        "EC2NodeClass.karpenter.k8s.aws/gpu",
    }


def test_what_came_first_is_remembered_on_the_object() -> None:
    pool: Resource = arranged(OBJECTS)[7]
    assert isinstance(pool, KubeObject)
    assert "EC2NodeClass.karpenter.k8s.aws/gpu" in pool.manifest["metadata"]["annotations"]["eksgpu.dev/after"]


def test_edges_that_were_there_stay() -> None:
    release = Ref("helm_release/kube-system/karpenter")
    one = wanted("v1", "Namespace", "team").with_fields(after=(release,))
    assert arranged([one])[0].after == (release,)

"""Karpenter of a cluster that somebody else made: the chart, without any mark of ours, and its first pool."""

from typing import Any

from eksgpu.kube.api import KubeApi
from eksgpu.kube.helm_program import Helm, Upgrade

NAME = NAMESPACE = "karpenter"
OWNER = "somebody-else"  # the field manager of what they applied


def install(api: KubeApi, helm: Helm, *, name: str, node_role: str, security_group: str) -> None:
    """The release in a namespace of its own, then the class and the pool.

    node_role: by name.
    """
    api.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}}, manager=OWNER)
    helm.upgrade(Upgrade(NAMESPACE, "karpenter-crd", "karpenter-crd", "", None, {}))
    settings = {"clusterName": name, "interruptionQueue": ""}
    helm.upgrade(Upgrade(NAMESPACE, NAME, "karpenter", "", None, {"settings": settings}))
    for manifest in (_node_class(name, node_role, security_group), _pool()):
        api.apply(manifest, manager=OWNER)


def ready(api: KubeApi) -> bool:
    """Is the pool's class ready to make nodes?"""
    found = api.get(api.resource("karpenter.sh/v1", "NodePool"), "default")
    rows = found.get("status", {}).get("conditions", ())
    return any(row["type"] == "Ready" and row["status"] == "True" for row in rows)


def _node_class(name: str, role: str, security_group: str) -> dict[str, Any]:
    return {
        "apiVersion": "karpenter.k8s.aws/v1",
        "kind": "EC2NodeClass",
        "metadata": {"name": "default"},
        "spec": {
            "role": role,
            "amiSelectorTerms": [{"alias": "al2023@latest"}],
            "subnetSelectorTerms": [{"tags": {"karpenter.sh/discovery": name}}],
            "securityGroupSelectorTerms": [{"id": security_group}],
        },
    }


def _pool() -> dict[str, Any]:
    requirements = [
        {"key": "karpenter.k8s.aws/instance-category", "operator": "In", "values": ["c", "m", "r"]},
        {"key": "karpenter.sh/capacity-type", "operator": "In", "values": ["on-demand"]},
    ]
    reference = {"group": "karpenter.k8s.aws", "kind": "EC2NodeClass", "name": "default"}
    return {
        "apiVersion": "karpenter.sh/v1",
        "kind": "NodePool",
        "metadata": {"name": "default"},
        "spec": {
            "template": {"spec": {"nodeClassRef": reference, "requirements": requirements}},
            "disruption": {"consolidationPolicy": "WhenEmptyOrUnderutilized", "consolidateAfter": "1m"},
            "limits": {"cpu": "100"},
        },
    }

"""What a new EKS cluster holds before anybody has written to it: namespaces, priority classes, roles, `kubernetes`."""

from typing import Any

from eksgpu.sandbox.kubernetes.cluster import Cluster
from eksgpu.sandbox.kubernetes.verbs.create import create
from eksgpu.sandbox.kubernetes.verbs.options import Options

_RBAC = "rbac.authorization.k8s.io"
_READ = ["get", "list", "watch"]
_ALL = ["*"]


def fill(cluster: Cluster) -> None:
    """Create the first objects of a cluster."""
    for found in _objects():
        kind = cluster.types.of(found["apiVersion"], found["kind"])
        create(cluster, kind, found["metadata"].get("namespace", ""), found, Options())


def _objects() -> list[dict[str, Any]]:
    namespaces = [
        _object("v1", "Namespace", name) for name in ("default", "kube-node-lease", "kube-public", "kube-system")
    ]
    service = _object("v1", "Service", "kubernetes", "default")
    service["metadata"]["labels"] = {"component": "apiserver", "provider": "kubernetes"}
    service["spec"] = {
        "clusterIP": "172.20.0.1",
        "ports": [{"name": "https", "port": 443, "targetPort": 443}],
    }
    classes = [
        {**_object("scheduling.k8s.io/v1", "PriorityClass", name), "value": value}
        for name, value in (("system-cluster-critical", 2000000000), ("system-node-critical", 2000001000))
    ]
    return [*namespaces, service, *classes, *_roles()]


def _roles() -> list[dict[str, Any]]:
    every = [{"apiGroups": _ALL, "resources": _ALL, "verbs": _ALL}, {"nonResourceURLs": _ALL, "verbs": _ALL}]
    rules = {
        "cluster-admin": every,
        "admin": [{"apiGroups": _ALL, "resources": _ALL, "verbs": _ALL}],
        "edit": [{"apiGroups": ["", "apps", "batch", "networking.k8s.io", "policy"], "resources": _ALL, "verbs": _ALL}],
        "view": [
            {"apiGroups": ["", "apps", "batch", "networking.k8s.io", "policy"], "resources": _ALL, "verbs": _READ}
        ],
    }
    roles = [{**_object(f"{_RBAC}/v1", "ClusterRole", name), "rules": held} for name, held in rules.items()]
    binding = {
        **_object(f"{_RBAC}/v1", "ClusterRoleBinding", "cluster-admin"),
        "roleRef": {"apiGroup": _RBAC, "kind": "ClusterRole", "name": "cluster-admin"},
        "subjects": [{"apiGroup": _RBAC, "kind": "Group", "name": "system:masters"}],
    }
    return [*roles, binding]


def _object(api_version: str, kind: str, name: str, namespace: str = "") -> dict[str, Any]:
    meta = {"name": name} | ({"namespace": namespace} if namespace else {})
    return {"apiVersion": api_version, "kind": kind, "metadata": meta}

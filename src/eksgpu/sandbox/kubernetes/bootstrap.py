"""What a new EKS cluster holds before anybody has written to it: `first_objects.yaml`, and Kubernetes' own roles."""

from functools import cache
from importlib.resources import files
from typing import Any

from ruamel.yaml import YAML

from eksgpu.sandbox.kubernetes.cluster import Cluster
from eksgpu.sandbox.kubernetes.rule_tables import rule_table
from eksgpu.sandbox.kubernetes.verbs.create import create
from eksgpu.sandbox.kubernetes.verbs.options import Options

_RBAC = "rbac.authorization.k8s.io"


def fill(cluster: Cluster) -> None:
    """Create the first objects of a cluster."""
    for found in [*_first_objects()["objects"], *eks_objects(), *_roles()]:
        kind = cluster.types.of(found["apiVersion"], found["kind"])
        create(cluster, kind, found["metadata"].get("namespace", ""), found, Options(manager="kube-apiserver"))


def eks_objects() -> list[dict[str, Any]]:
    """Those that EKS adds: a real control plane has the others already."""
    return _first_objects()["ofEks"]


@cache
def _first_objects() -> dict[str, list[dict[str, Any]]]:
    text = files("eksgpu.sandbox.data").joinpath("kubernetes/first_objects.yaml").read_text(encoding="utf-8")
    found: dict[str, list[dict[str, Any]]] = YAML(typ="safe").load(text)
    return {key: found[key] for key in ("objects", "ofEks")}


def _roles() -> list[dict[str, Any]]:
    table = rule_table("kubernetes/cluster_roles.yaml")
    roles = [{**_object("ClusterRole", name), "rules": list(rules)} for name, rules in table.items()]
    binding = {
        **_object("ClusterRoleBinding", "cluster-admin"),
        "roleRef": {"apiGroup": _RBAC, "kind": "ClusterRole", "name": "cluster-admin"},
        "subjects": [{"apiGroup": _RBAC, "kind": "Group", "name": "system:masters"}],
    }
    return [*roles, binding]


def _object(kind: str, name: str) -> dict[str, Any]:
    return {"apiVersion": f"{_RBAC}/v1", "kind": kind, "metadata": {"name": name}}

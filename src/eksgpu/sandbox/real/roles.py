"""EKS's access policies on a real control plane: groups that are bound to the cluster roles of the same rights.

EKS authorises policies itself, beside RBAC; a kube-apiserver has no such door. So only policies for the whole cluster
that are a role of Kubernetes' own count here; those for single namespaces grant nothing.
"""

from eksgpu.sandbox.controllers.client import Client
from eksgpu.sandbox.kubernetes.auth import Grant

_ROLES = ("cluster-admin", "admin", "edit", "view")
_GROUP, _RBAC = "sandbox:access-policy:", "rbac.authorization.k8s.io"


def binds(grant: Grant) -> bool:
    """Whether a group can stand for it."""
    return grant.role in _ROLES and grant.namespaces is None


def role_group(role: str) -> str:
    """The group that has a role's rights everywhere."""
    return _GROUP + role


def bind_roles(client: Client) -> None:
    """Bind each group to its role."""
    for role in _ROLES:
        client.create({
            "apiVersion": f"{_RBAC}/v1",
            "kind": "ClusterRoleBinding",
            "metadata": {"name": role_group(role)},
            "roleRef": {"apiGroup": _RBAC, "kind": "ClusterRole", "name": role},
            "subjects": [{"apiGroup": _RBAC, "kind": "Group", "name": role_group(role)}],
        })  # fmt: skip

"""Addresses are written and read back alike, and paths follow the API's rules."""

import pytest

from eksgpu.kube.names import Address, ApiResource, GroupKind, address_of

POOL = {"apiVersion": "karpenter.sh/v1", "kind": "NodePool", "metadata": {"name": "default"}}
ROLE = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a", "namespace": "b"}}


@pytest.mark.parametrize(
    ("manifest", "text"), [(POOL, "NodePool.karpenter.sh/default"), (ROLE, "Pod/b/a")], ids=["cluster", "namespaced"]
)
def test_an_address_is_text_and_back(manifest: dict[str, object], text: str) -> None:
    address = address_of(manifest)
    assert str(address) == text
    assert Address.parse(text) == address


def test_paths() -> None:
    pods = ApiResource("", "v1", "Pod", "pods", namespaced=True)
    assert pods.path() == "/api/v1/pods"
    assert pods.path("ns", "a", "log") == "/api/v1/namespaces/ns/pods/a/log"
    roles = ApiResource("rbac.authorization.k8s.io", "v1", "ClusterRole", "clusterroles", namespaced=False)
    assert roles.path(name="system:node") == "/apis/rbac.authorization.k8s.io/v1/clusterroles/system:node"
    assert roles.group_kind == GroupKind.parse("ClusterRole.rbac.authorization.k8s.io")

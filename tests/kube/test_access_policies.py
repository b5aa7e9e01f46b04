"""What EKS's access policies allow: the same on the embedded API, which asks them itself, and by webhook on a real one.

Beside them stand Kubernetes' own roles of the same names, which allow almost the same.
"""

import secrets
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from eksgpu.errors import Denied
from eksgpu.kube.api import KubeApi
from eksgpu.sandbox.clusters.policies import grant
from eksgpu.sandbox.kubernetes.auth import Grant, User

from .conftest import NEVER, Connect
from .control_plane import PEOPLE

READS = {"list Pod", "list Namespace"}
ALL_READS = READS | {"list Secret", "list Role", "list Node"}
EVERYWHERE = {
    "View": READS,
    "Edit": READS | {"list Secret", "write"},
    "Admin": READS | {"list Secret", "list Role", "write"},
    "AdminView": ALL_READS,
    "ClusterAdmin": ALL_READS | {"write"},
    "SecretReader": {"list Secret"},
    "AutoNode": set[str](),
}
"""What a policy for the whole cluster allows, by its name without prefix and suffix."""
NOT_INSIDE = {"list Node", "list Namespace"}
ROLES = {"view": EVERYWHERE["View"], "edit": EVERYWHERE["Edit"], "admin": EVERYWHERE["Admin"]}
RBAC = "rbac.authorization.k8s.io"
Enter = Callable[..., KubeApi]


@pytest.fixture
def enter(connect: Connect) -> Iterator[Enter]:
    """Connects as somebody new with these grants and groups, to a cluster with the namespaces `dev-a` and `prod`.

    Each role is bound to the group of its name.
    """
    known, admin = dict(PEOPLE), connect()
    for name in ("dev-a", "prod"):
        admin.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    for role in ROLES:
        admin.create(binding(role))

    def enter(*grants: Grant, groups: tuple[str, ...] = ()) -> KubeApi:
        token = secrets.token_hex(8)
        PEOPLE[token] = User(f"arn:{token}", groups, token, grants=grants)
        return connect(lambda: (token, NEVER))

    yield enter
    for role in ROLES:
        admin.delete(admin.resource(f"{RBAC}/v1", "ClusterRoleBinding"), role)
    PEOPLE.clear()
    PEOPLE.update(known)


def test_policies_allow_what_they_say_where_they_say(enter: Enter) -> None:
    """One test, since namespaces take their time to go."""
    assert able(enter()) == set()
    assert {name: able(enter(given(name))) for name in EVERYWHERE} == EVERYWHERE
    for name, everywhere in EVERYWHERE.items():
        scoped = enter(given(name, "dev-*"))
        found = [able(scoped), able(scoped, "dev-a"), able(scoped, "prod")]
        assert (name, found) == (name, [set(), everywhere - NOT_INSIDE, set()])

    both = enter(given("View"), given("Edit", "other", "dev-a"))
    assert able(both, "dev-a") == {"list Pod", "list Secret", "write"}
    assert able(both, "prod") == {"list Pod"}
    inside = enter(given("View", "dev-a"))
    namespaces = inside.resource("v1", "Namespace")
    assert inside.get(namespaces, "dev-a")["metadata"]["name"] == "dev-a"  # it is inside itself
    with pytest.raises(Denied):
        inside.get(namespaces, "prod")

    assert {role: able(enter(groups=(role,))) for role in ROLES} == ROLES


def given(policy: str, *namespaces: str) -> Grant:
    scope = {"type": "namespace", "namespaces": list(namespaces)} if namespaces else {"type": "cluster"}
    return grant(f"AmazonEKS{policy}Policy", scope)


def binding(role: str) -> dict[str, Any]:
    return {
        "apiVersion": f"{RBAC}/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": role},
        "roleRef": {"apiGroup": RBAC, "kind": "ClusterRole", "name": role},
        "subjects": [{"apiGroup": RBAC, "kind": "Group", "name": role}],
    }


def able(api: KubeApi, namespace: str = "") -> set[str]:
    """What it really can there; without a namespace, in all of them and beside them."""
    kinds = [("v1", "Pod"), ("v1", "Secret"), (f"{RBAC}/v1", "Role")]
    if not namespace:
        kinds += [("v1", "Node"), ("v1", "Namespace")]
    config_map = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x", "namespace": namespace or "prod"}}
    found = {f"list {kind}" for version, kind in kinds if _allowed(api.list, api.resource(version, kind), namespace)}
    return found | ({"write"} if _allowed(api.apply, config_map) else set())


def _allowed(act: Callable[..., object], *arguments: object) -> bool:
    try:
        act(*arguments)
    except Denied:
        return False
    return True

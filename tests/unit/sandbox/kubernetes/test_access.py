"""Who may do what: tokens, RBAC, and the reviews that answer questions about both."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from eksgpu.engine.clock import SteppedClock
from eksgpu.sandbox.kubernetes.api import Api
from eksgpu.sandbox.kubernetes.auth import MASTERS, User
from eksgpu.sandbox.kubernetes.http import Request, Response

RBAC = "rbac.authorization.k8s.io"
USERS = {
    "ann": User("ann", ("viewers",)),
    "root": User("root", (MASTERS,)),
}
Send = Callable[..., Response]


@pytest.fixture
def api(clock: SteppedClock) -> Api:
    return Api(clock, authenticate=USERS.get)


@pytest.fixture
def send(api: Api) -> Send:
    def by(token: str, method: str, target: str, body: Any = None) -> Response:
        headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
        return api.handle(Request(method, target, headers, json.dumps(body).encode() if body else b""))

    return by


def bind(api: Api, role: str, subject: dict[str, str], namespace: str = "") -> None:
    api.client().create({
        "apiVersion": f"{RBAC}/v1",
        "kind": "RoleBinding" if namespace else "ClusterRoleBinding",
        "metadata": {"name": "b"} | ({"namespace": namespace} if namespace else {}),
        "roleRef": {"kind": "ClusterRole", "name": role},
        "subjects": [subject],
    })  # fmt: skip


@pytest.mark.parametrize("header", [{}, {"authorization": "Bearer wrong"}, {"authorization": "Basic eDp5"}])
def test_without_a_known_token_nobody_gets_in(api: Api, header: dict[str, str]) -> None:
    refused = api.handle(Request("GET", "/api/v1/pods", header))
    assert (refused.status, refused.json["reason"]) == (401, "Unauthorized")


def test_the_static_token_and_masters_may_everything(api: Api, send: Send) -> None:
    assert send(api.admin_token, "GET", "/api/v1/secrets").status == 200
    assert send("root", "GET", "/api/v1/secrets").status == 200


def test_others_need_a_role(api: Api, send: Send) -> None:
    refused = send("ann", "GET", "/api/v1/namespaces/default/pods")
    assert refused.status == 403
    assert refused.json["message"] == (
        'pods is forbidden: User "ann" cannot list resource "pods" in API group "" in the namespace "default"'
    )
    bind(api, "view", {"kind": "Group", "name": "viewers"})
    assert send("ann", "GET", "/api/v1/namespaces/default/pods").status == 200
    assert send("ann", "DELETE", "/api/v1/namespaces/default/pods/x").status == 403


def test_a_role_in_one_namespace(api: Api, send: Send) -> None:
    bind(api, "edit", {"kind": "User", "name": "ann"}, "default")
    assert send("ann", "GET", "/api/v1/namespaces/default/pods").status == 200
    assert send("ann", "GET", "/api/v1/pods").status == 403


def test_discovery_is_open_to_every_user(send: Send) -> None:
    assert send("ann", "GET", "/apis").status == 200


def test_can_i(api: Api, send: Send) -> None:
    about = {"verb": "list", "resource": "pods", "namespace": "default"}
    asked = {"spec": {"resourceAttributes": about}}
    path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
    assert send("ann", "POST", path, asked).json["status"] == {"allowed": False}
    bind(api, "view", {"kind": "User", "name": "ann"})
    assert send("ann", "POST", path, asked).json["status"] == {"allowed": True}
    rules = send("ann", "POST", "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews", {"spec": {}}).json
    assert rules["status"]["resourceRules"][0]["verbs"] == ["get", "list", "watch"]


def test_who_am_i_and_token_reviews(api: Api, send: Send) -> None:
    me = send("ann", "POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", {"spec": {}}).json
    assert me["status"]["userInfo"] == {"username": "ann", "groups": ["viewers", "system:authenticated"]}
    path = "/apis/authentication.k8s.io/v1/tokenreviews"
    assert send(api.admin_token, "POST", path, {"spec": {"token": "ann"}}).json["status"]["authenticated"] is True
    refused = send(api.admin_token, "POST", path, {"spec": {"token": "x"}}).json
    assert refused["status"] == {"user": {}, "error": "invalid bearer token"}

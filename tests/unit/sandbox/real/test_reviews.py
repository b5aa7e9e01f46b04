"""Who a real kube-apiserver is told is behind a token, and what policies allow him."""

import json
import urllib.error
import urllib.request
from typing import Any

import pytest

from eksgpu.sandbox.kubernetes.auth import Grant, User
from eksgpu.sandbox.real.reviews import Reviews
from eksgpu.sandbox.real.webhooks import Webhooks

PODS = {"apiGroups": [""], "resources": ["pods", "pods/log"], "verbs": ["list", "get"]}
OPERATOR = User("arn:operator", groups=("ops",), uid="1", extra={"arn": ["a"]}, grants=(Grant((PODS,), ("dev-*",)),))
ROOT = User("root", uid="2", grants=(Grant(({"nonResourceURLs": ["*"], "verbs": ["*"]},)),))
USERS = {"t": OPERATOR, "root": ROOT}


def access(user: User, **attributes: str) -> dict[str, Any]:
    kind = "nonResourceAttributes" if "path" in attributes else "resourceAttributes"
    return {"kind": "SubjectAccessReview", "spec": {"user": user.name, "uid": user.uid, kind: attributes}}


def allowed(reviews: Reviews, user: User, **attributes: str) -> bool:
    status = reviews.of_access(access(user, **attributes))["status"]
    assert status.keys() == {"allowed"}  # never denied: RBAC's answer stands
    return bool(status["allowed"])


def test_a_user_is_known_by_his_token_and_what_he_may_do_from_then_on() -> None:
    reviews = Reviews(USERS.get)
    about = {"verb": "list", "resource": "pods", "namespace": "dev-a"}
    assert not allowed(reviews, OPERATOR, **about)
    told = reviews.of_token({"kind": "TokenReview", "spec": {"token": "t"}})
    assert (told["kind"], told["status"]) == (
        "TokenReview",
        {
            "authenticated": True,
            "user": {"username": "arn:operator", "uid": "1", "groups": ["ops"], "extra": {"arn": ["a"]}},
        },
    )
    assert allowed(reviews, OPERATOR, **about)
    assert allowed(reviews, OPERATOR, verb="get", resource="pods", subresource="log", namespace="dev-a", name="x")
    assert not allowed(reviews, OPERATOR, **about | {"namespace": "prod"})
    assert not allowed(reviews, OPERATOR, verb="list", resource="pods")
    assert not allowed(reviews, OPERATOR, **about | {"group": "metrics.k8s.io"})
    impersonated = User(OPERATOR.name)  # who says to be him has no uid
    assert not allowed(reviews, impersonated, **about)


def test_paths_that_are_no_resources() -> None:
    reviews = Reviews(USERS.get)
    for token in USERS:
        reviews.of_token({"spec": {"token": token}})
    assert allowed(reviews, ROOT, verb="get", path="/metrics")
    assert not allowed(reviews, OPERATOR, verb="get", path="/metrics")
    assert not allowed(reviews, ROOT, verb="get", resource="pods")


def test_unknown_tokens_and_nonsense_open_nothing() -> None:
    assert Reviews(USERS.get).of_token({})["status"] == {"authenticated": False}
    webhooks = Webhooks(USERS.get)
    try:
        answers = (
            posted(webhooks.token_review, {"spec": {"token": "other"}}),
            posted(webhooks.access_review, access(OPERATOR)),
        )
        assert [answer["status"] for answer in answers] == [{"authenticated": False}, {"allowed": False}]
        for url, body, code in ((webhooks.token_review, b"{", 400), (webhooks.token_review + "s", b"{}", 404)):
            with pytest.raises(urllib.error.HTTPError, match=str(code)):
                urllib.request.urlopen(urllib.request.Request(url, body), timeout=5)
    finally:
        webhooks.stop()


def posted(url: str, review: dict[str, Any]) -> dict[str, Any]:
    with urllib.request.urlopen(urllib.request.Request(url, json.dumps(review).encode()), timeout=5) as answer:
        told: dict[str, Any] = json.load(answer)
    return told

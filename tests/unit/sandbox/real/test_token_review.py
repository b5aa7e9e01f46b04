"""Who a real kube-apiserver is told is behind a token."""

import json
import urllib.error
import urllib.request

import pytest

from eksgpu.sandbox.kubernetes.auth import Grant, User
from eksgpu.sandbox.real.token_review import TokenReviewServer, reviewed

OPERATOR = User("arn:operator", groups=("ops",), uid="1", extra={"arn": ["a"]}, superuser=True)
MIXED = User("arn:mixed", grants=(Grant("view"), Grant("edit", namespaces=("dev-*",)), Grant("", rules=({},))))


def test_users_and_their_groups() -> None:
    told = reviewed({"spec": {"token": "t"}}, {"t": OPERATOR}.get)
    assert told["status"] == {
        "authenticated": True,
        "user": {"username": "arn:operator", "uid": "1", "groups": ["ops", "system:masters"], "extra": {"arn": ["a"]}},
    }
    # Only what is a role of Kubernetes' own, everywhere, can be a group.
    assert reviewed({"spec": {"token": "t"}}, {"t": MIXED}.get)["status"]["user"]["groups"] == [
        "sandbox:access-policy:view"
    ]


def test_unknown_tokens_and_nonsense_open_nothing() -> None:
    assert reviewed({}, {"t": OPERATOR}.get)["status"] == {"authenticated": False}
    server = TokenReviewServer({"t": OPERATOR}.get)
    try:
        body = json.dumps({"spec": {"token": "other"}}).encode()
        with urllib.request.urlopen(urllib.request.Request(server.url, body), timeout=5) as answer:
            assert json.load(answer)["status"] == {"authenticated": False}
        with pytest.raises(urllib.error.HTTPError, match="400"):
            urllib.request.urlopen(urllib.request.Request(server.url, b"{"), timeout=5)
    finally:
        server.stop()

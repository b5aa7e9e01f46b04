"""Reviews: questions about tokens and rights, answered at once and kept nowhere."""

from collections.abc import Callable
from typing import Any

from eksgpu.sandbox.kubernetes.auth import Authenticator, User
from eksgpu.sandbox.kubernetes.authorization import Attempt, allowed, rules_of
from eksgpu.sandbox.kubernetes.cluster import Cluster

REVIEWS = ("tokenreviews", "selfsubjectreviews", "selfsubjectaccessreviews", "selfsubjectrulesreviews")


def review(
    cluster: Cluster, authenticator: Authenticator, user: User, plural: str, asked: dict[str, Any]
) -> dict[str, Any]:
    """The review object with its status."""
    answers: dict[str, Callable[[], dict[str, Any]]] = {
        "tokenreviews": lambda: _token(authenticator, asked),
        "selfsubjectreviews": lambda: {"userInfo": user.as_info()},
        "selfsubjectaccessreviews": lambda: _access(cluster, user, asked),
        "selfsubjectrulesreviews": lambda: _rules(cluster, user, asked),
    }
    return {**asked, "metadata": asked.get("metadata", {}), "status": answers[plural]()}


def _token(authenticator: Authenticator, asked: dict[str, Any]) -> dict[str, Any]:
    user = authenticator.user_of_token(asked.get("spec", {}).get("token", ""))
    return {"authenticated": False} if user is None else {"authenticated": True, "user": user.as_info()}


def _access(cluster: Cluster, user: User, asked: dict[str, Any]) -> dict[str, Any]:
    spec = asked.get("spec", {})
    about = spec.get("resourceAttributes")
    if about is None:
        path = spec.get("nonResourceAttributes", {})
        attempt = Attempt(path.get("verb", ""), path=path.get("path", ""))
    else:
        resource = about.get("resource", "") + (f"/{about['subresource']}" if about.get("subresource") else "")
        attempt = Attempt(
            about.get("verb", ""), about.get("group", ""), resource, about.get("namespace", ""), about.get("name", "")
        )
    return {"allowed": allowed(cluster, user, attempt)}


def _rules(cluster: Cluster, user: User, asked: dict[str, Any]) -> dict[str, Any]:
    found = rules_of(cluster, user, asked.get("spec", {}).get("namespace", "default"))
    resources = [rule for rule in found if "resources" in rule]
    return {"resourceRules": resources, "nonResourceRules": [], "incomplete": False}

"""Reviews: questions about tokens and rights, answered at once and kept nowhere."""

from collections.abc import Callable
from typing import Any

from eksgpu.sandbox.kubernetes.auth import Authenticator, User
from eksgpu.sandbox.kubernetes.authorization import allowed, attempt_of, rules_of
from eksgpu.sandbox.kubernetes.cluster import Cluster
from eksgpu.sandbox.kubernetes.failure import ApiError, bad_request, cause

REVIEWS = ("tokenreviews", "selfsubjectreviews", "selfsubjectaccessreviews", "selfsubjectrulesreviews")


def review(
    cluster: Cluster, authenticator: Authenticator, user: User, plural: str, asked: dict[str, Any]
) -> dict[str, Any]:
    """The review object with its status. Raises ApiError 400 or 422 for one that asks nothing."""
    answers: dict[str, Callable[[], dict[str, Any]]] = {
        "tokenreviews": lambda: _token(authenticator, asked),
        "selfsubjectreviews": lambda: {"userInfo": user.as_info()},
        "selfsubjectaccessreviews": lambda: _access(cluster, user, asked),
        "selfsubjectrulesreviews": lambda: _rules(cluster, user, asked),
    }
    return {**asked, "metadata": asked.get("metadata", {}), "status": answers[plural]()}


def _token(authenticator: Authenticator, asked: dict[str, Any]) -> dict[str, Any]:
    token = asked.get("spec", {}).get("token", "")
    if not token:
        raise bad_request("token is required for TokenReview in authentication")
    user = authenticator.user_of_token(token)
    if user is None:
        return {"user": {}, "error": "invalid bearer token"}
    return {"authenticated": True, "user": user.as_info()}


def _access(cluster: Cluster, user: User, asked: dict[str, Any]) -> dict[str, Any]:
    spec = asked.get("spec", {})
    if ("resourceAttributes" in spec) == ("nonResourceAttributes" in spec):
        text = "exactly one of nonResourceAttributes or resourceAttributes must be specified"
        why = cause("spec.resourceAttributes", "FieldValueInvalid", f"Invalid value: null: {text}")
        message = f'.authorization.k8s.io "" is invalid: {why["field"]}: {why["message"]}'
        raise ApiError(422, "Invalid", message, {"group": "authorization.k8s.io", "causes": [why]})
    return {"allowed": allowed(cluster, user, attempt_of(spec))}


def _rules(cluster: Cluster, user: User, asked: dict[str, Any]) -> dict[str, Any]:
    found = rules_of(cluster, user, asked.get("spec", {}).get("namespace", "default"))
    resources = [rule for rule in found if "resources" in rule]
    return {"resourceRules": resources, "nonResourceRules": [], "incomplete": False}

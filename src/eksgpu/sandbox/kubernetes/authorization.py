"""What a user may do: role-based access control over the cluster's own roles and bindings.

Asked for each request of somebody who is no administrator, and by SelfSubjectAccessReview.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from eksgpu.sandbox.kubernetes.auth import AUTHENTICATED, User
from eksgpu.sandbox.kubernetes.cluster import Cluster
from eksgpu.sandbox.kubernetes.failure import ApiError

_GROUP = "rbac.authorization.k8s.io"


@dataclass(frozen=True)
class Attempt:
    """A request as RBAC sees it. `resource` may be `pods/log`; `path` is set instead for what is no resource."""

    verb: str
    group: str = ""
    resource: str = ""
    namespace: str = ""
    name: str = ""
    path: str = ""


def attempt_of(review: Mapping[str, Any]) -> Attempt:
    """What the spec of an access review asks about."""
    about = review.get("resourceAttributes")
    if about is None:
        path = review.get("nonResourceAttributes", {})
        return Attempt(path.get("verb", ""), path=path.get("path", ""))
    resource = about.get("resource", "") + (f"/{about['subresource']}" if about.get("subresource") else "")
    return Attempt(
        about.get("verb", ""), about.get("group", ""), resource, about.get("namespace", ""), about.get("name", "")
    )


def allowed(cluster: Cluster, user: User, attempt: Attempt) -> bool:
    """Whether some rule that is bound or granted to the user covers the attempt."""
    if user.may_everything:
        return True
    if attempt.path and attempt.verb == "get":
        return True  # discovery, version and health are open to every authenticated user
    return granted(user, attempt) or any(_covers(rule, attempt) for rule in _rules(cluster, user, attempt.namespace))


def granted(user: User, attempt: Attempt) -> bool:
    """Whether what the user may do beside the cluster's own bindings covers the attempt."""
    held = (grant for grant in user.grants if grant.holds_in(attempt.namespace))
    return any(_covers(rule, attempt) for grant in held for rule in grant.rules)


def refusal(user: User, attempt: Attempt) -> ApiError:
    """The 403 in the server's words."""
    if attempt.path:
        text = f'forbidden: User "{user.name}" cannot {attempt.verb} path "{attempt.path}"'
        return ApiError(403, "Forbidden", text)
    kind = f"{attempt.resource}.{attempt.group}" if attempt.group else attempt.resource
    subject = f'{kind} "{attempt.name}"' if attempt.name else kind
    where = f'in the namespace "{attempt.namespace}"' if attempt.namespace else "at the cluster scope"
    message = (
        f'{subject} is forbidden: User "{user.name}" cannot {attempt.verb} resource "{attempt.resource}" '
        f'in API group "{attempt.group}" {where}'
    )
    details = {"name": attempt.name, "group": attempt.group, "kind": attempt.resource}
    return ApiError(403, "Forbidden", message, {key: value for key, value in details.items() if value})


def rules_of(cluster: Cluster, user: User, namespace: str) -> list[dict[str, Any]]:
    """Every rule that is bound to a user in a namespace. What is granted beside RBAC is not listed, as on EKS."""
    if user.may_everything:
        return [{"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}]
    return list(_rules(cluster, user, namespace))


def _rules(cluster: Cluster, user: User, namespace: str) -> Iterator[dict[str, Any]]:
    for binding in cluster.store.list((_GROUP, "clusterrolebindings")):
        if _binds(binding, user):
            yield from _role(cluster, binding["roleRef"], "")
    if namespace:
        for binding in cluster.store.list((_GROUP, "rolebindings"), namespace):
            if _binds(binding, user):
                yield from _role(cluster, binding["roleRef"], namespace)


def _binds(binding: dict[str, Any], user: User) -> bool:
    groups = {*user.groups, AUTHENTICATED}
    for subject in binding.get("subjects", ()):
        if subject["kind"] == "Group" and subject["name"] in groups:
            return True
        if subject["kind"] == "User" and subject["name"] == user.name:
            return True
        account = f"system:serviceaccount:{subject.get('namespace')}:{subject['name']}"
        if subject["kind"] == "ServiceAccount" and account == user.name:
            return True
    return False


def _role(cluster: Cluster, reference: dict[str, str], namespace: str) -> list[dict[str, Any]]:
    plural = "clusterroles" if reference["kind"] == "ClusterRole" else "roles"
    found = cluster.store.get((_GROUP, plural), "" if plural == "clusterroles" else namespace, reference["name"])
    return (found or {}).get("rules") or []


def _covers(rule: dict[str, Any], attempt: Attempt) -> bool:
    if not _has(rule.get("verbs"), attempt.verb):
        return False
    if attempt.path:
        return any(_path(pattern, attempt.path) for pattern in rule.get("nonResourceURLs", ()))
    names = rule.get("resourceNames")
    return (
        _has(rule.get("apiGroups"), attempt.group)
        and _has(rule.get("resources"), attempt.resource)
        and (not names or attempt.name in names)
    )


def _has(held: list[str] | None, wanted: str) -> bool:
    return held is not None and ("*" in held or wanted in held)


def _path(pattern: str, path: str) -> bool:
    return path.startswith(pattern[:-1]) if pattern.endswith("*") else path == pattern

"""EKS's answers to a real kube-apiserver: who is behind a token, and what access policies allow him beside RBAC.

As on EKS, policies are no objects of the cluster: RBAC is asked first, and whoever is impersonated has only what RBAC
gives. How the questions come is not known here.
"""

from typing import Any

from eksgpu.sandbox.kubernetes.auth import Authenticate, User
from eksgpu.sandbox.kubernetes.authorization import attempt_of, granted

Review = dict[str, Any]


class Reviews:
    """`authenticate`: the user behind a token. What he may do holds until a token of his is reviewed again."""

    def __init__(self, authenticate: Authenticate) -> None:
        self._authenticate = authenticate
        self._users: dict[tuple[str, str], User] = {}  # by name and uid, which a review of access repeats

    def of_token(self, review: Review) -> Review:
        """The answer to a TokenReview."""
        user = self._authenticate(str(review.get("spec", {}).get("token", "")))
        if user is None:
            return _answer(review, authenticated=False)
        self._users[user.name, user.uid] = user
        info = {"username": user.name, "uid": user.uid, "groups": list(user.groups), "extra": user.extra}
        return _answer(review, authenticated=True, user=info)

    def of_access(self, review: Review) -> Review:
        """The answer to a SubjectAccessReview: what no policy allows is left to others, never denied."""
        spec = review.get("spec", {})
        user = self._users.get((str(spec.get("user", "")), str(spec.get("uid", ""))))
        return _answer(review, allowed=user is not None and granted(user, attempt_of(spec)))


def _answer(review: Review, **status: Any) -> Review:
    return {"apiVersion": review.get("apiVersion"), "kind": review.get("kind"), "status": status}

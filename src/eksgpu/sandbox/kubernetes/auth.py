"""Who is asking: bearer tokens to users. The static administrator first, then whoever was handed in (EKS tokens)."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from eksgpu.sandbox.kubernetes.failure import unauthorized

MASTERS = "system:masters"
AUTHENTICATED = "system:authenticated"


@dataclass(frozen=True)
class Grant:
    """What somebody may do beside the cluster's own bindings, in rules as those of a ClusterRole.

    namespaces: where, as names or patterns such as `dev-*`; None is everywhere, cluster-wide objects included.
    """

    rules: tuple[dict[str, Any], ...]
    namespaces: tuple[str, ...] | None = None

    def holds_in(self, namespace: str) -> bool:
        """Whether it says anything there; "" stands for cluster-wide objects and for all namespaces."""
        if self.namespaces is None:
            return True
        return bool(namespace) and any(fnmatchcase(namespace, pattern) for pattern in self.namespaces)


@dataclass(frozen=True)
class User:
    """`uid` is the same for each token of one person, and nobody else's. `grants` are known to authorization alone."""

    name: str
    groups: tuple[str, ...] = ()
    uid: str = ""
    extra: dict[str, list[str]] = field(default_factory=dict)
    grants: tuple[Grant, ...] = ()

    @property
    def may_everything(self) -> bool:
        return MASTERS in self.groups

    def as_info(self) -> dict[str, object]:
        """The UserInfo of reviews."""
        groups = list(dict.fromkeys([*self.groups, AUTHENTICATED]))
        return {
            key: value
            for key, value in {"username": self.name, "uid": self.uid, "groups": groups, "extra": self.extra}.items()
            if value
        }


Authenticate = Callable[[str], User | None]


class Authenticator:
    """`admin_token` is made anew for each cluster."""

    def __init__(self, others: Authenticate | None = None) -> None:
        self.admin_token = secrets.token_urlsafe(24)
        self._admin = User("kubernetes-admin", (MASTERS, AUTHENTICATED))
        self._others = others

    def user(self, authorization: str) -> User:
        """The user of an Authorization header. Raises ApiError 401."""
        scheme, _, token = authorization.partition(" ")
        found = self.user_of_token(token.strip()) if scheme.lower() == "bearer" else None
        if found is None:
            raise unauthorized()
        return found

    def user_of_token(self, token: str) -> User | None:
        if secrets.compare_digest(token.encode(), self.admin_token.encode()):
            return self._admin
        return self._others(token) if self._others is not None and token else None

"""From the path of a request to what it is about: a type, a namespace, a name and a subresource."""

from dataclasses import dataclass

from eksgpu.sandbox.kubernetes.authorization import Attempt
from eksgpu.sandbox.kubernetes.failure import no_such_path
from eksgpu.sandbox.kubernetes.http import Request
from eksgpu.sandbox.kubernetes.query import flag
from eksgpu.sandbox.kubernetes.types.registry import Registry, ResourceType

_VERBS = {"POST": "create", "PUT": "update", "PATCH": "patch"}
_OF_NAMESPACES = ("status", "finalize")
PROXY = "proxy"
"""The one subresource that has paths below it: those of what is reached through it."""


@dataclass(frozen=True)
class Target:
    """`namespace` is None for all of them; `name` "" for a collection."""

    kind: ResourceType
    namespace: str | None
    name: str
    subresource: str

    @property
    def space(self) -> str:
        """The namespace as the store keys it."""
        return self.namespace or ""

    def attempt(self, request: Request) -> Attempt:
        """The request as authorization sees it."""
        resource = self.kind.plural + (f"/{self.subresource}" if self.subresource else "")
        # A namespace is inside itself, as Kubernetes has it.
        space = self.name if self.kind.qualified == "namespaces" else self.space
        return Attempt(self._verb(request), self.kind.group, resource, space, self.name)

    def _verb(self, request: Request) -> str:
        if request.method in _VERBS:
            return _VERBS[request.method]
        if request.method == "DELETE":
            return "delete" if self.name else "deletecollection"
        if is_watch(request):
            return "watch"
        return "get" if self.name else "list"


def is_watch(request: Request) -> bool:
    return request.method == "GET" and flag(request.query, "watch")


def group_version(path: str) -> tuple[str, str, list[str]] | None:
    """(group, version, rest) of `/api/v1/…` and `/apis/GROUP/VERSION/…`; None for other paths."""
    parts = [part for part in path.split("/") if part]
    if parts[:1] == ["api"] and len(parts) >= 2:
        return "", parts[1], parts[2:]
    if parts[:1] == ["apis"] and len(parts) >= 3:
        return parts[1], parts[2], parts[3:]
    return None


def find(types: Registry, group: str, version: str, rest: list[str]) -> Target:
    """Raises ApiError 404 when no such type is served."""
    namespace: str | None = None
    if rest[0] == "namespaces" and len(rest) > 2 and rest[2] not in _OF_NAMESPACES:
        namespace, rest = rest[1], rest[2:]
    kind = types.find(group, version, rest[0])
    if kind is None or (len(rest) > 3 and rest[2] != PROXY) or (namespace is not None) > kind.namespaced:
        raise no_such_path()
    name, subresource = (*rest[1:], "", "")[:2]
    if subresource and subresource not in kind.sub:
        raise no_such_path()
    if name and kind.namespaced and namespace is None:
        raise no_such_path()
    return Target(kind, namespace, name, subresource)

"""How Kubernetes objects are called: group and kind, address, and the paths of the API. Nothing here asks anybody."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote


@dataclass(frozen=True, order=True)
class GroupKind:
    """A kind of objects whatever its version, as kubectl writes it: `NodePool.karpenter.sh`, `Pod`."""

    kind: str
    group: str = ""

    def __str__(self) -> str:
        return f"{self.kind}.{self.group}" if self.group else self.kind

    @classmethod
    def parse(cls, text: str) -> "GroupKind":
        """The reverse of `str()`."""
        kind, _, group = text.partition(".")
        return cls(kind, group)


@dataclass(frozen=True, order=True)
class Address:
    """Which object: its group and kind, namespace ("" where it has none) and name."""

    group_kind: GroupKind
    namespace: str
    name: str

    def __str__(self) -> str:
        """`NodePool.karpenter.sh/default`, `ConfigMap/kube-system/aws-auth`."""
        return "/".join(filter(None, (str(self.group_kind), self.namespace, self.name)))

    @classmethod
    def parse(cls, text: str) -> "Address":
        """The reverse of `str()`."""
        kind, *rest = text.split("/")
        return cls(GroupKind.parse(kind), rest[0] if len(rest) > 1 else "", rest[-1])


@dataclass(frozen=True)
class ApiResource:
    """Where the API serves a kind: one row of its discovery."""

    group: str
    version: str
    kind: str
    plural: str
    namespaced: bool

    @property
    def api_version(self) -> str:
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def group_kind(self) -> GroupKind:
        return GroupKind(self.kind, self.group)

    def path(self, namespace: str = "", name: str = "", subresource: str = "") -> str:
        """The path of one object, or of all in a namespace, or of all."""
        where = ["namespaces", namespace] if self.namespaced and namespace else []
        words = [*where, self.plural, name, subresource]
        root = "apis" if self.group else "api"
        return f"/{root}/{self.api_version}/" + "/".join(quote(word, safe=":") for word in words if word)


def group_of(api_version: str) -> str:
    """The group in an apiVersion; "" for the core of Kubernetes."""
    return api_version.rpartition("/")[0]


def address_of(manifest: Mapping[str, Any]) -> Address:
    """The address that a manifest or a live object states."""
    metadata = manifest["metadata"]
    group_kind = GroupKind(manifest["kind"], group_of(manifest["apiVersion"]))
    return Address(group_kind, metadata.get("namespace") or "", metadata["name"])

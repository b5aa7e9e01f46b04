"""What a script is made of: cases of steps, each one request. Later steps may name what earlier ones answered."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Object = dict[str, Any]

JSON = "application/json"
MERGE = "application/merge-patch+json"
STRATEGIC = "application/strategic-merge-patch+json"
PATCH = "application/json-patch+json"
APPLY = "application/apply-patch+yaml"

# In bodies and queries these stand for what the server said of the same path last, or first.
VERSION, FIRST_VERSION, UID = "@version", "@first-version", "@uid"


@dataclass(frozen=True)
class Step:
    """One request. `body` is JSON, or text to be sent as it is.

    method: GONE is a GET until there is nothing more, ENDING until somebody deletes it; WATCH a GET of all events from
    `resourceVersion` on.
    """

    name: str
    method: str
    path: str
    body: Any = None
    media: str = JSON
    query: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Case:
    """Steps in a namespace of their own, `d-<name>`, in this order."""

    name: str
    steps: tuple[Step, ...]

    @property
    def namespace(self) -> str:
        return namespace_of(self.name)


@dataclass(frozen=True)
class Resource:
    """A kind as a path: `group` "" for the core; one object of it, and a change that makes another of it."""

    api_version: str
    kind: str
    plural: str
    manifest: Object
    change: Object
    namespaced: bool = True

    def collection(self, case: str) -> str:
        root = f"/apis/{self.api_version}" if "/" in self.api_version else f"/api/{self.api_version}"
        return f"{root}/namespaces/{namespace_of(case)}/{self.plural}" if self.namespaced else f"{root}/{self.plural}"

    def named(self, case: str, name: str = "one") -> Object:
        """The object, under a name that is this case's own."""
        return self.fitted(case, self.manifest, name)

    def fitted(self, case: str, fields: Object, name: str = "one") -> Object:
        """Any fields as an object of this kind."""
        metadata = {"name": self.name(case, name), **fields.get("metadata", {})}
        return {"apiVersion": self.api_version, "kind": self.kind, **fields, "metadata": metadata}

    def name(self, case: str, name: str = "one") -> str:
        """Cluster-wide objects share their space with those of every other case."""
        return name if self.namespaced else f"{case}-{name}"

    def path(self, case: str, name: str = "one") -> str:
        return f"{self.collection(case)}/{self.name(case, name)}"


def namespace_of(case: str) -> str:
    return f"d-{case}"

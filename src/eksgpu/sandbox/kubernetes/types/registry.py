"""Which resource types a cluster serves: the built-in ones from the data file, and those that CRDs add.

A `ResourceType` is one plural in one group-version. Objects are kept per group and plural, so versions of one custom
resource share them.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

from ruamel.yaml import YAML

from eksgpu.sandbox.kubernetes.types.schema import ANY, Type, definition, kind_names

VERBS = ("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch")
StoreKey = tuple[str, str]


@dataclass(frozen=True, eq=False)
class ResourceType:
    """`columns` are a CRD's printer columns; `scale` its paths of the scale subresource.

    stored: the group under which the objects are kept, when it is not the type's own.
    """

    group: str
    version: str
    plural: str
    kind: str
    namespaced: bool
    singular: str = ""
    short: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    sub: tuple[str, ...] = ()
    generation: bool = True
    verbs: tuple[str, ...] = VERBS
    type: Type = ANY
    custom: bool = False
    columns: tuple[dict[str, Any], ...] = ()
    scale: dict[str, str] = field(default_factory=dict)
    stored: str | None = None

    @property
    def api_version(self) -> str:
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def qualified(self) -> str:
        """`deployments.apps`, `pods`: how errors name it."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    @property
    def key(self) -> StoreKey:
        return self.group if self.stored is None else self.stored, self.plural

    @property
    def has_status(self) -> bool:
        return "status" in self.sub


class Registry:
    """The served types of one cluster, in the order in which discovery lists them. `revision` counts changes."""

    def __init__(self) -> None:
        self.revision = 0
        self._by_path = {(kind.group, kind.version, kind.plural): kind for kind in built_in()}
        self._by_kind = {(kind.api_version, kind.kind): kind for kind in built_in()}

    def __iter__(self) -> Iterator[ResourceType]:
        return iter(self._by_path.values())

    def find(self, group: str, version: str, plural: str) -> ResourceType | None:
        return self._by_path.get((group, version, plural))

    def of(self, api_version: str, kind: str) -> ResourceType:
        """KeyError when it is not served."""
        return self._by_kind[api_version, kind]

    def get(self, api_version: str, kind: str) -> ResourceType | None:
        return self._by_kind.get((api_version, kind))

    def of_key(self, key: StoreKey) -> ResourceType | None:
        """Any served version of what is stored under `key`."""
        return next((kind for kind in self if kind.key == key), None)

    def serve(self, kinds: list[ResourceType]) -> None:
        """Add or replace types, all of one group and plural; versions no longer among them are dropped."""
        self.drop(kinds[0].key)
        self.revision += 1
        for kind in kinds:
            self._by_path[kind.group, kind.version, kind.plural] = kind
            self._by_kind[kind.api_version, kind.kind] = kind

    def drop(self, key: StoreKey) -> None:
        for kind in [kind for kind in self if kind.key == key]:
            del self._by_path[kind.group, kind.version, kind.plural]
            del self._by_kind[kind.api_version, kind.kind]


@cache
def built_in() -> tuple[ResourceType, ...]:
    """Kubernetes' own types, from `data/kubernetes/resources.yaml`."""
    text = files("eksgpu.sandbox.data").joinpath("kubernetes/resources.yaml").read_text()
    return tuple(_row(row) for row in YAML(typ="safe").load(text)["resources"])


def _row(row: dict[str, Any]) -> ResourceType:
    name = kind_names().get((row["group"], row["version"], row["kind"]))
    return ResourceType(
        group=row["group"],
        version=row["version"],
        plural=row["plural"],
        kind=row["kind"],
        namespaced=row["namespaced"],
        singular=row["kind"].lower(),
        short=tuple(row.get("short", ())),
        categories=tuple(row.get("categories", ())),
        sub=tuple(row.get("sub", ())),
        generation=row.get("generation", True),
        verbs=tuple(row.get("verbs", VERBS)),
        stored=row.get("stored"),
        type=definition(name) if name else ANY,
    )

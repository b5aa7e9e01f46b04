"""Types of fields, from Kubernetes' own OpenAPI definitions or from a custom resource's schema.

A `Type` says what merging, field ownership, defaulting and checking need to know of one place in an object. Children
are made when they are first asked for, since definitions refer to themselves.
"""

import gzip
from functools import cache, cached_property
from importlib.resources import files
from typing import Any

import orjson

OBJECT_META = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"
QUANTITY = "io.k8s.apimachinery.pkg.api.resource.Quantity"

Schema = dict[str, Any]


class Type:
    """One place in an object. `name` is that of its definition, "" inside custom resources."""

    def __init__(self, schema: Schema, name: str = "") -> None:
        self.schema = schema
        self.name = name
        self.scalar: str = schema.get("type", "")
        self.int_or_string = bool(schema.get("x-kubernetes-int-or-string"))
        self.atomic = schema.get("x-kubernetes-map-type") == "atomic"
        listed = schema.get("x-kubernetes-list-type")
        self.keys: tuple[str, ...] = tuple(schema.get("x-kubernetes-list-map-keys", ())) if listed == "map" else ()
        self.is_set = listed == "set"
        self.strategies = frozenset(str(schema.get("x-kubernetes-patch-strategy", "")).split(","))
        self.merge_key: str = schema.get("x-kubernetes-patch-merge-key", "")
        self.required: tuple[str, ...] = tuple(schema.get("required", ()))
        self._preserves = bool(schema.get("x-kubernetes-preserve-unknown-fields"))

    @cached_property
    def fields(self) -> dict[str, "Type"]:
        """Named fields; empty for maps, lists and scalars."""
        return {name: type_of(inner) for name, inner in self.schema.get("properties", {}).items()}

    @cached_property
    def values(self) -> "Type | None":
        """The type of a map's values; None when this is no map."""
        inner = self.schema.get("additionalProperties")
        if isinstance(inner, dict):
            return type_of(inner)
        return ANY if inner is True else None

    @cached_property
    def item(self) -> "Type":
        """The type of a list's items."""
        return type_of(self.schema["items"]) if "items" in self.schema else ANY

    @cached_property
    def _others(self) -> "Type | None":
        """The type of fields without a name: a map's values, ANY where the schema leaves them open, None elsewhere."""
        if self.values is None and (self._preserves or not self.fields):
            return ANY
        return self.values

    def known(self, key: str) -> "Type | None":
        """The type under `key`; None where there is no such field."""
        return self.fields.get(key) or self._others

    def field(self, key: str) -> "Type":
        """The type under `key`, ANY where there is no such field."""
        return self.known(key) or ANY

    @property
    def is_map(self) -> bool:
        """A map from strings, as opposed to an object with named fields."""
        return self.values is not None and not self.fields


ANY = Type({})


def type_of(schema: Schema) -> Type:
    """The Type of a schema; a bare reference shares the definition's."""
    ref = schema.get("$ref")
    if not isinstance(ref, str):
        return Type(schema)
    if len(schema) == 1:
        return definition(ref)
    return Type({**definitions()[ref], **{key: value for key, value in schema.items() if key != "$ref"}}, ref)


@cache
def definition(name: str) -> Type:
    """The Type of one of Kubernetes' own definitions."""
    return Type(definitions()[name], name)


def definitions() -> dict[str, Schema]:
    """Definition name → schema, without descriptions."""
    found: dict[str, Schema] = _data()["definitions"]
    return found


def messages() -> dict[str, dict[str, list[str]]]:
    """Protobuf message name → field number → [name, type, "repeated" | "map" | ""]."""
    found: dict[str, dict[str, list[str]]] = _data()["messages"]
    return found


@cache
def kind_names() -> dict[tuple[str, str, str], str]:
    """(group, version, kind) → definition name."""
    return {
        (row["group"], row["version"], row["kind"]): name
        for name, schema in definitions().items()
        for row in schema.get("x-kubernetes-group-version-kind", ())
    }


@cache
def _data() -> dict[str, Any]:
    packed = files("eksgpu.sandbox.data").joinpath("kubernetes/types.json.gz").read_bytes()
    found: dict[str, Any] = orjson.loads(gzip.decompress(packed))
    return found

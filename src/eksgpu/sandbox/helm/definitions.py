"""CustomResourceDefinitions of the vendors' charts, from a compact list of names, columns and fields."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from ruamel.yaml import YAML

_AGE = {"name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp"}
_STATUS = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}


@cache
def definitions(file: str) -> tuple[dict[str, Any], ...]:
    """The definitions of one data file of this folder; nobody may change them."""
    text = files(__package__).joinpath("data", file).read_text(encoding="utf-8")
    found = YAML(typ="safe").load(text)
    return tuple(_definition(one) for one in found["definitions"])


def _definition(one: Mapping[str, Any]) -> dict[str, Any]:
    kind, plural = one["kind"], one["plural"]
    names = {
        "kind": kind,
        "listKind": f"{kind}List",
        "plural": plural,
        "singular": one.get("singular", kind.lower()),
        "categories": one.get("categories", []),
        "shortNames": one.get("shortNames", []),
    }
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{one['group']}"},
        "spec": {
            "group": one["group"],
            "scope": one.get("scope", "Cluster"),
            "names": {key: value for key, value in names.items() if value},
            "versions": [_version(one)],
        },
    }


def _version(one: Mapping[str, Any]) -> dict[str, Any]:
    properties = {"spec": one["spec"], "status": _STATUS}
    schema = {"type": "object", "properties": properties, "required": ["spec"]}
    return {
        "name": one["version"],
        "served": True,
        "storage": True,
        "schema": {"openAPIV3Schema": schema},
        "subresources": {"status": {}, **one.get("subresources", {})},
        "additionalPrinterColumns": [_AGE if column == "Age" else _column(*column) for column in one["columns"]],
    }


def _column(name: str, path: str, type: str = "string", priority: int = 0) -> dict[str, Any]:  # noqa: A002
    column = {"name": name, "type": type, "jsonPath": path}
    return {**column, "priority": priority} if priority else column

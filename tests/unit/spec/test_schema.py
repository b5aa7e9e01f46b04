"""The schema for editors: every key explained, the example valid by it, nothing in it that the loader refuses."""

import json
from typing import Any

from eksgpu.spec import schema

DOCUMENT = schema.schema()


def test_dialect() -> None:
    assert DOCUMENT["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert json.loads(schema.text()) == DOCUMENT


def test_every_key_is_explained() -> None:
    parts = {"GpuCluster": DOCUMENT, **DOCUMENT["$defs"]}
    silent = [
        f"{name}.{key}" for name, part in parts.items() for key, field in _keys(part) if "description" not in field
    ]
    assert silent == []


def test_keys_are_camel_case_and_closed() -> None:
    for name, part in DOCUMENT["$defs"].items():
        assert not [key for key, _ in _keys(part) if "_" in key]
        assert part["additionalProperties"] is False or name == "Addons"


def test_choices_and_suggestions() -> None:
    definitions = DOCUMENT["$defs"]
    assert definitions["NodeGroup"]["properties"]["os"]["enum"] == ["al2023", "bottlerocket"]
    assert "h100" in definitions["Gpu"]["properties"]["name"]["examples"]


def test_no_key_may_be_null() -> None:
    assert '"null"' not in schema.text()


def _keys(part: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return list(part.get("properties", {}).items())

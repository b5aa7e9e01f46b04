"""Custom resources: from a CustomResourceDefinition to served types, with a check of each object against its schema.

Structural schemas are handed to a JSON Schema validator; CEL rules (`x-kubernetes-validations`) are not evaluated.
"""

from functools import cache
from typing import TYPE_CHECKING, Any

from eksgpu.sandbox.kubernetes.failure import Cause, cause, shown
from eksgpu.sandbox.kubernetes.types.registry import ResourceType
from eksgpu.sandbox.kubernetes.types.schema import OBJECT_META, Schema, Type

if TYPE_CHECKING:
    import jsonschema_rs

_STRING: Schema = {"type": "string"}
_REASONS = {"enum": "FieldValueNotSupported", "required": "FieldValueRequired"}


def served(crd: dict[str, Any]) -> list[ResourceType]:
    """One ResourceType for each served version of a definition."""
    return [_version(crd["spec"], version) for version in crd["spec"]["versions"] if version.get("served")]


def check(kind: ResourceType, found: dict[str, Any]) -> list[Cause]:
    """What is wrong with an object of a custom type; unknown fields are gone already."""
    if not kind.type.schema:
        return []
    body = {key: value for key, value in found.items() if key not in ("apiVersion", "kind", "metadata")}
    return [_cause(error) for error in _validator(kind).iter_errors(body)]


def _version(spec: dict[str, Any], version: dict[str, Any]) -> ResourceType:
    names, sub = spec["names"], version.get("subresources", {})
    schema = version.get("schema", {}).get("openAPIV3Schema", {"x-kubernetes-preserve-unknown-fields": True})
    own = {"apiVersion": _STRING, "kind": _STRING, "metadata": {"$ref": OBJECT_META}}
    return ResourceType(
        group=spec["group"],
        version=version["name"],
        plural=names["plural"],
        kind=names["kind"],
        namespaced=spec["scope"] == "Namespaced",
        singular=names.get("singular") or names["kind"].lower(),
        short=tuple(names.get("shortNames", ())),
        categories=tuple(names.get("categories", ())),
        sub=tuple(name for name in ("status", "scale") if name in sub),
        type=Type({**schema, "properties": {**schema.get("properties", {}), **own}}),
        custom=True,
        columns=tuple(version.get("additionalPrinterColumns", ())),
        scale=sub.get("scale", {}),
    )


@cache
def _validator(kind: ResourceType) -> "jsonschema_rs.Draft202012Validator":
    import jsonschema_rs

    schema = {key: value for key, value in kind.type.schema.items() if key != "properties"}
    properties = {
        name: inner
        for name, inner in kind.type.schema["properties"].items()
        if name not in ("apiVersion", "kind", "metadata")
    }
    return jsonschema_rs.Draft202012Validator(_json_schema({**schema, "properties": properties}))


def _json_schema(schema: Any) -> Any:
    """OpenAPI v3 as CRDs write it, in JSON Schema: `nullable`, `exclusiveMinimum: true` and int-or-string differ."""
    if isinstance(schema, list):
        return [_json_schema(inner) for inner in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: _part(key, value) for key, value in schema.items() if not key.startswith("x-kubernetes-")}
    if schema.get("x-kubernetes-int-or-string"):
        made["type"] = ["integer", "string"]
    if made.pop("nullable", False) and "type" in made:
        made["type"] = [made["type"], "null"]
    for bound in ("Minimum", "Maximum"):
        if isinstance(made.get(f"exclusive{bound}"), bool) and made.pop(f"exclusive{bound}"):
            made[f"exclusive{bound}"] = made.pop(bound.lower(), 0)
    for prose in ("description", "example", "default"):
        made.pop(prose, None)
    return made


def _part(key: str, value: Any) -> Any:
    if key in ("properties", "patternProperties") and isinstance(value, dict):
        return {name: _json_schema(inner) for name, inner in value.items()}
    return value if key in ("enum", "default", "example", "required") else _json_schema(value)


def _cause(error: Any) -> Cause:
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in error.instance_path).lstrip(".")
    keyword = str(error.schema_path[-1]) if error.schema_path else ""
    if keyword == "required":
        missing = error.message.split('"')[1]
        return cause(f"{path}.{missing}".lstrip("."), "FieldValueRequired", "Required value")
    quoted = shown(error.instance)
    if keyword == "enum":
        return cause(path, _REASONS["enum"], f"Unsupported value: {quoted}: {error.message}")
    return cause(path, "FieldValueInvalid", f"Invalid value: {quoted}: {error.message}")

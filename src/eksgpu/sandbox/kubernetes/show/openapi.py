"""OpenAPI v3 documents: what kubectl reads for `explain`, for field validation and for client-side merge keys."""

from typing import Any

from eksgpu.sandbox.kubernetes.cluster import Cluster
from eksgpu.sandbox.kubernetes.show.discovery import group_versions
from eksgpu.sandbox.kubernetes.types.registry import ResourceType
from eksgpu.sandbox.kubernetes.types.schema import OBJECT_META, Schema, definitions, kind_names

_QUERY = [{"name": name, "in": "query", "schema": {"type": "string"}}
          for name in ("dryRun", "fieldManager", "fieldValidation")]  # fmt: skip
_REF = "#/components/schemas/"


def index(cluster: Cluster) -> dict[str, Any]:
    """`/openapi/v3`: one document for each group-version, under a name that changes with it."""
    paths = {}
    for name in group_versions(cluster.types):
        where = ("apis/" if "/" in name else "api/") + name
        url = f"/openapi/v3/{where}?hash={cluster.version}-{cluster.seed}-{cluster.types.revision}"
        paths[where] = {"serverRelativeURL": url}
    return {"paths": paths}


def document(cluster: Cluster, api_version: str) -> dict[str, Any] | None:
    """`/openapi/v3/apis/GROUP/VERSION`; None when it is not served."""
    kinds = [kind for kind in cluster.types if kind.api_version == api_version]
    if not kinds:
        return None
    schemas: dict[str, Any] = {}
    paths: dict[str, Any] = {}
    for kind in kinds:
        name = _schema(kind, schemas)
        base = ("/apis/" if kind.group else "/api/") + api_version
        base += ("/namespaces/{namespace}/" if kind.namespaced else "/") + kind.plural
        paths[base] = {"get": _operation(kind, name, "list"), "post": _operation(kind, name, "post")}
        paths[base + "/{name}"] = {
            method: _operation(kind, name, method) for method in ("get", "put", "patch", "delete")
        }
    return {
        "openapi": "3.0.0",
        "info": {"title": "Kubernetes", "version": f"v{cluster.version}.0"},
        "paths": paths,
        "components": {"schemas": schemas},
    }


def _operation(kind: ResourceType, schema: str, action: str) -> dict[str, Any]:
    content = {"application/json": {"schema": {"$ref": _REF + schema}}}
    return {
        "operationId": f"{action}{kind.version.capitalize()}{kind.kind}",
        "x-kubernetes-action": action,
        "x-kubernetes-group-version-kind": _gvk(kind),
        "parameters": _QUERY,
        "responses": {"200": {"description": "OK", "content": content}},
    }


def _gvk(kind: ResourceType) -> dict[str, str]:
    return {"group": kind.group, "version": kind.version, "kind": kind.kind}


def _schema(kind: ResourceType, schemas: dict[str, Any]) -> str:
    """Put a type's schema and all that it refers to into `schemas`; its name there."""
    found = kind_names().get((kind.group, kind.version, kind.kind))
    if found is not None and not kind.custom:
        _add(found, schemas)
        return found
    name = ".".join([*reversed(kind.group.split(".")), kind.version, kind.kind])
    _add(OBJECT_META, schemas)
    schemas[name] = {**_rewritten(kind.type.schema, schemas), "x-kubernetes-group-version-kind": [_gvk(kind)]}
    return name


def _add(name: str, schemas: dict[str, Any]) -> None:
    if name not in schemas:
        schemas[name] = {}
        schemas[name] = _rewritten(definitions()[name], schemas)


def _rewritten(schema: Any, schemas: dict[str, Any]) -> Any:
    """References point into the document, inside `allOf` as the server writes them."""
    if isinstance(schema, list):
        return [_rewritten(inner, schemas) for inner in schema]
    if not isinstance(schema, dict):
        return schema
    ref = schema.get("$ref")
    made: Schema = {
        key: _rewritten(inner, schemas) for key, inner in schema.items() if key != "$ref" or not isinstance(inner, str)
    }
    if isinstance(ref, str):
        _add(ref, schemas)
        made["allOf"] = [{"$ref": _REF + ref}]
    if made.pop("x-kubernetes-int-or-string", False) is True and "type" not in made:
        made["oneOf"] = [{"type": "string"}, {"type": "integer"}]
    return made

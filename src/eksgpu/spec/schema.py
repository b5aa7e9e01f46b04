"""The JSON schema of the spec, for editors: completion, hover text and errors while typing.

Descriptions are the docstrings that stand under the fields, read from the source only when a schema is asked for,
so that loading a spec does not pay for it.
"""

import ast
import inspect
import json
import textwrap
from functools import cache
from itertools import pairwise
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from eksgpu.spec.base import SpecModel
from eksgpu.spec.cluster import GpuCluster

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema() -> dict[str, Any]:
    """JSON schema, draft 2020-12, of a whole spec file."""
    generated = GpuCluster.model_json_schema(by_alias=True, schema_generator=_Generator)
    return {"$schema": DIALECT, "title": "eksgpu GpuCluster"} | generated


def text() -> str:
    """The schema as the file that an editor reads."""
    return json.dumps(schema(), indent=2) + "\n"


@cache
def descriptions(model: type[BaseModel]) -> dict[str, str]:
    """What the docstring under each field says, by the field's Python name; inherited fields included."""
    inherited = [descriptions(base) for base in model.__bases__ if issubclass(base, SpecModel)]
    own = _docstrings(model) if model is not SpecModel else {}
    return {name: said for found in (*inherited, own) for name, said in found.items()}


class _Generator(GenerateJsonSchema):
    """pydantic's generator, with the fields' docstrings."""

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        """A key without a value is refused: what may be unset is left out."""
        return self.generate_inner(schema["schema"])

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        generated = super().model_schema(schema)
        model: type[BaseModel] = schema["cls"]
        for field in generated.get("properties", {}).values():
            if field.get("default", "") is None:  # not a value that could be written
                del field["default"]
        for name, said in descriptions(model).items():
            key = model.model_fields[name].alias or name
            if key in generated.get("properties", {}):
                generated["properties"][key]["description"] = said
        return generated


def _docstrings(model: type[BaseModel]) -> dict[str, str]:
    tree = ast.parse(textwrap.dedent(inspect.getsource(model)))
    body = tree.body[0].body if isinstance(tree.body[0], ast.ClassDef) else []
    found: dict[str, str] = {}
    for field, below in pairwise(body):
        said = below.value.value if isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant) else None
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and isinstance(said, str):
            found[field.target.id] = " ".join(said.split())
    return found

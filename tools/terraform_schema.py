"""Extracts what Terraform's AWS provider knows of the resource types that `export` writes, for its contract test.

Reads the Python bindings that are generated from the provider's schema, since the provider itself is a download of
hundreds of megabytes: `pip download --no-deps cdktf-cdktf-provider-aws==19.65.1`, then
`python tools/terraform_schema.py THE.whl tests/contract/terraform_schema.json TYPE ...`.
"""

import argparse
import ast
import json
import re
import zipfile
from pathlib import Path
from typing import Any

PACKAGE = "cdktf_cdktf_provider_aws"
META = {"connection", "count", "depends_on", "for_each", "lifecycle", "provider", "provisioners"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("wheel", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("types", nargs="+", help="such as aws_vpc")
    arguments = parser.parse_args()
    with zipfile.ZipFile(arguments.wheel) as wheel:
        texts = {type_: _source(wheel, type_) for type_ in sorted(arguments.types)}
    versions = {version for text in texts.values() for version in re.findall(r"hashicorp/aws/([\d.]+)/", text)}
    schema = {
        "source": f"hashicorp/aws {', '.join(sorted(versions))}, by way of {arguments.wheel.name}",
        "resources": {type_: _resource(text) for type_, text in texts.items()},
    }
    arguments.output.write_text(json.dumps(schema, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def _source(wheel: zipfile.ZipFile, type_: str) -> str:
    return wheel.read(f"{PACKAGE}/{type_.removeprefix('aws_')}/__init__.py").decode()


def _resource(text: str) -> dict[str, Any]:
    classes = {node.name: node for node in ast.parse(text).body if isinstance(node, ast.ClassDef)}
    main = next(iter(classes.values()))  # the resource itself opens its module
    properties = {node.name for node in main.body if isinstance(node, ast.FunctionDef) and _is_property(node)}
    own = {name for name in properties if not name.endswith("_input")}
    arguments = _arguments(f"{main.name}Config", classes)
    return {
        "arguments": {name: fact for name, fact in arguments.items() if name not in META},
        "attributes": sorted(own - META),
    }


def _arguments(name: str, classes: dict[str, ast.ClassDef]) -> dict[str, Any]:
    """`required` or `optional` for each argument; for a block also what it holds."""
    start = next(node for node in classes[name].body if isinstance(node, ast.FunctionDef) and node.name == "__init__")
    found: dict[str, Any] = {}
    for argument, default in zip(start.args.kwonlyargs, start.args.kw_defaults, strict=True):
        if argument.annotation is None:
            continue
        wanted = "required" if default is None else "optional"
        words = re.findall(r"\w+", ast.unparse(argument.annotation))
        block = next((word for word in words if word in classes), None)
        found[argument.arg] = {"block": _arguments(block, classes), "is": wanted} if block else wanted
    return found


def _is_property(function: ast.FunctionDef) -> bool:
    return any(ast.unparse(decorator) == "builtins.property" for decorator in function.decorator_list)


if __name__ == "__main__":
    main()

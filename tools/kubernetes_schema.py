"""Make the type data of the embedded Kubernetes API: `python tools/kubernetes_schema.py DEFINITIONS PROTO_FOLDER...`.

DEFINITIONS is `_definitions.json` of one Kubernetes version in the kubernetes-validate package; each PROTO_FOLDER is a
checkout of k8s.io/api, apimachinery … at the same version. Descriptions are left out; only reachable types are kept.
"""

import gzip
import json
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

DATA = Path(__file__).parents[1] / "src/eksgpu/sandbox/data/kubernetes"
VERSION = "1.35"
# What the schema of a field may keep: everything else is prose, or checks that the server does not make.
_KEPT = [
    "additionalProperties",
    "format",
    "items",
    "properties",
    "required",
    "type",
    "$ref",
    "x-kubernetes-group-version-kind",
    "x-kubernetes-int-or-string",
    "x-kubernetes-list-map-keys",
    "x-kubernetes-list-type",
    "x-kubernetes-map-type",
    "x-kubernetes-patch-merge-key",
    "x-kubernetes-patch-strategy",
    "x-kubernetes-preserve-unknown-fields",
]
# What no resource refers to: the envelope of every body, and what accompanies a delete.
_ALWAYS = ["k8s.io.apimachinery.pkg.runtime.Unknown", "k8s.io.apimachinery.pkg.apis.meta.v1.DeleteOptions"]
_MESSAGE = re.compile(r"^message (\w+) \{(.*?)^\}", re.MULTILINE | re.DOTALL)
_FIELD = re.compile(r"^  (optional|repeated|required|map<\w+, [.\w]+>) ?([.\w]*) (\w+) = (\d+)", re.MULTILINE)
_PACKAGE = re.compile(r"^package ([\w.]+);", re.MULTILINE)


def main(definitions: Path, folders: list[Path]) -> None:
    rows = YAML(typ="safe").load(DATA / "resources.yaml")["resources"]
    wanted = {(row["group"], row["version"], row["kind"]) for row in rows}
    types = {name: _slim(schema) for name, schema in json.loads(definitions.read_text())["$defs"].items()}
    roots = [name for name, schema in types.items() if wanted & set(_kinds(schema))]
    kept = _reachable(types, roots)
    messages = _messages(folders, {_proto_name(name) for name in kept})
    whole = {
        "source": f"kubernetes-validate (v{VERSION}.0 definitions, Apache-2.0) and generated.proto of k8s.io/api "
        f"v0.{VERSION.partition('.')[2]}.4 (Apache-2.0); descriptions left out by tools/kubernetes_schema.py",
        "date": datetime.now(UTC).date().isoformat(),
        "definitions": {name: types[name] for name in sorted(kept)},
        "messages": messages,
    }
    text = json.dumps(whole, separators=(",", ":")).encode()
    (DATA / "types.json.gz").write_bytes(gzip.compress(text, 9, mtime=0))


def _slim(schema: Any) -> Any:
    if not isinstance(schema, dict):
        return schema
    if "oneOf" in schema:  # only quantities and int-or-string are written so
        return {"x-kubernetes-int-or-string": True}
    slim = {key: value for key, value in schema.items() if key in _KEPT}
    if isinstance(slim.get("type"), list):
        slim["type"] = next(name for name in slim["type"] if name != "null")
    if isinstance(slim.get("required"), list) and not slim["required"]:
        del slim["required"]
    for key in ("items", "additionalProperties"):
        if key in slim:
            slim[key] = _slim(slim[key])
    if "properties" in slim:
        slim["properties"] = {name: _slim(inner) for name, inner in slim["properties"].items()}
    if "$ref" in slim:
        slim["$ref"] = slim["$ref"].rsplit("/", 1)[1]
    return slim


def _kinds(schema: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    for row in schema.get("x-kubernetes-group-version-kind", ()):
        yield row["group"], row["version"], row["kind"]


def _reachable(types: dict[str, Any], roots: list[str]) -> set[str]:
    found: set[str] = set()
    queue = list(roots)
    while queue:
        name = queue.pop()
        if name in found:
            continue
        found.add(name)
        queue.extend(_refs(types[name]))
    return found


def _refs(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        if isinstance(schema.get("$ref"), str):
            yield schema["$ref"]
        for inner in schema.values():
            yield from _refs(inner)
    elif isinstance(schema, list):
        for inner in schema:
            yield from _refs(inner)


def _proto_name(definition: str) -> str:
    return "k8s.io." + definition.removeprefix("io.k8s.")


def _messages(folders: list[Path], roots: set[str]) -> dict[str, dict[str, list[str]]]:
    """Message name → field number → [name, type, "repeated" | "map" | ""]; types are scalars or message names."""
    every: dict[str, dict[str, list[str]]] = {}
    for folder in folders:
        for file in sorted(folder.rglob("generated.proto")):
            text = file.read_text()
            package = _PACKAGE.search(text)
            assert package is not None
            for name, body in _MESSAGE.findall(text):
                every[f"{package[1]}.{name}"] = {
                    number: _field(package[1], label, kind, field)
                    for label, kind, field, number in _FIELD.findall(body)
                }
    found: dict[str, dict[str, list[str]]] = {}
    queue = [name for name in roots if name in every] + _ALWAYS
    while queue:
        name = queue.pop()
        if name in every and name not in found:
            found[name] = every[name]
            queue.extend(kind for _, kind, _ in every[name].values())
    return dict(sorted(found.items()))


def _field(package: str, label: str, kind: str, name: str) -> list[str]:
    if label.startswith("map"):
        return [name, _resolved(package, label[:-1].rpartition(" ")[2]), "map"]
    return [name, _resolved(package, kind), "repeated" if label == "repeated" else ""]


def _resolved(package: str, kind: str) -> str:
    if kind.startswith("."):
        return kind[1:]
    return kind if kind[0].islower() else f"{package}.{kind}"


if __name__ == "__main__":
    main(Path(sys.argv[1]), [Path(folder) for folder in sys.argv[2:]])

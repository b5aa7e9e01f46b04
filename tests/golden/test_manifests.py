"""What every example puts into its cluster, as a person reads it: charts with their values, and objects.

The expected files change only through `make golden`; read their diff.
"""

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML
from ruamel.yaml.scalarstring import LiteralScalarString
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

from eksgpu.engine.refs import Ref, resolve
from eksgpu.kube.helm import HelmRelease
from eksgpu.kube.object import KubeObject
from eksgpu.spec.load import load
from tests.support.example import graph_of
from tests.support.rig import Rig

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*.yaml"))


class YamlFile(SingleFileSnapshotExtension):
    """One YAML file for each test."""

    _write_mode = WriteMode.TEXT
    file_extension = "yaml"


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_manifests(example: Path, snapshot: SnapshotAssertion) -> None:
    graph = graph_of(example, Rig(cluster=load(example).metadata.name))
    documents = [shown for shown in map(_shown, graph) if shown]
    assert _text(documents) == snapshot.use_extension(YamlFile)


def _shown(resource: object) -> dict[str, Any]:
    """What is not known before apply is shown as where it comes from."""
    if isinstance(resource, KubeObject):
        return {"after": _after(resource), "manifest": resolve(resource.manifest, _told)}
    if isinstance(resource, HelmRelease):
        values = resolve(resource.values, _told)
        chart = f"{resource.source} {resource.chart} {resource.version}"
        return {"release": resource.name, "chart": chart, "after": _after(resource), "values": values}
    return {}


def _after(resource: KubeObject | HelmRelease) -> list[str]:
    return [ref.target for ref in resource.after]


def _told(ref: Ref) -> str:
    return f"<{ref}>"


def _text(documents: list[dict[str, Any]]) -> str:
    yaml, text = YAML(), StringIO()
    yaml.width = 120
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.dump_all([_in_lines(document) for document in documents], text)
    return text.getvalue()


def _in_lines(tree: Any) -> Any:
    """Texts of several lines (user data) as such."""
    match tree:
        case dict():
            return {key: _in_lines(value) for key, value in tree.items()}
        case list() | tuple():
            return [_in_lines(value) for value in tree]
        case str() if "\n" in tree:
            return LiteralScalarString(tree)
        case _:
            return tree

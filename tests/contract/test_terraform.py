"""Every kind exports to Terraform: arguments and blocks that the provider knows, expressions that lead somewhere.

The provider's schema is a file here (`tools/terraform_schema.py` writes it); the program itself checks the syntax where
it is installed, and everything where the provider is, too.
"""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from eksgpu.aws import KINDS
from eksgpu.engine.clock import SteppedClock
from eksgpu.engine.execute import Inline
from eksgpu.engine.graph import Graph
from eksgpu.engine.mark import Mark
from eksgpu.engine.resource import Resource
from eksgpu.export.terraform import FILE, terraform
from eksgpu.export.terraform_names import LIMITS
from eksgpu.ops.connect import Connector
from eksgpu.ops.options import Options
from eksgpu.ops.prepare import prepare
from eksgpu.sandbox.world import World
from eksgpu.spec.load import load_placed
from tests.support import wire
from tests.support.everything import everything
from tests.support.rig import Rig

ROOT = Path(__file__).parents[2]
SCHEMA: dict[str, Any] = json.loads((ROOT / "tests/contract/terraform_schema.json").read_text())["resources"]
# The provider of Helm is not at hand as a program: these are arguments of its version 3.0, from memory.
SCHEMA["helm_release"] = {
    "arguments": {
        "name": "required", "chart": "required", "repository": "optional", "version": "optional",
        "namespace": "optional", "values": "optional", "wait": "optional",
    },
    "attributes": ["id", "name", "namespace", "version"],
}  # fmt: skip
MARK = Mark("123456789012", "us-west-2", "demo")
META = {"count", "depends_on"}
EXPRESSION = re.compile(r"(?<!\$)\$\{([^}]*)\}")
ADDRESS = re.compile(r"\b(aws_\w+|helm_release)\.(\w+)(?:\[0\])?(?:\.(\w+))?")
# Where a Terraform installation looks for providers without asking a registry.
PLUGINS = Path.home() / ".terraform.d" / "plugins"
BY_KIND = [pytest.param(kind, id=kind.kind) for kind in KINDS]


def exported(graph: Graph) -> dict[str, Any]:
    configuration: dict[str, Any] = json.loads(terraform(graph, MARK)[FILE])
    return configuration


def blocks(configuration: Mapping[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for type_, labels in configuration["resource"].items():
        for label, arguments in labels.items():
            yield type_, label, arguments


def variants(kind: type[Resource]) -> Iterator[Graph]:
    """The example, and the example with each of the values that its kind names as another valid one."""
    example = kind.example_graph()
    yield Graph(example)
    for field, on in kind.changes.items():
        if on.sample is not None:
            yield Graph(
                resource.with_fields(**{field: on.sample}) if resource.identity == kind.example().identity else resource
                for resource in example
            )


def h100() -> Graph:
    """The graph of the example that everything is about."""
    world = World(clock=SteppedClock())
    connector = Connector(session=lambda *_: wire.session(world), clock=world.clock, threads=0, workers=Inline())
    connection = connector.connect(Options(), cluster="h100-spot", region="us-west-2")
    return prepare(*load_placed(ROOT / "examples/h100-spot.yaml"), connection).graph


def faults(arguments: Mapping[str, Any], known: Mapping[str, Any], where: str) -> Iterator[str]:
    """What the provider would not take."""
    for name, value in arguments.items():
        if name in META:
            continue
        if name not in known:
            yield f"{where}: no argument {name}"
        elif isinstance(known[name], Mapping) and not isinstance(value, list):
            yield f"{where}.{name}: a block is written as a list"
        elif isinstance(known[name], Mapping):
            for block in value:
                yield from faults(block, known[name]["block"], f"{where}.{name}")
    for name, fact in known.items():
        required = (fact["is"] if isinstance(fact, Mapping) else fact) == "required"
        if required and name not in arguments:
            yield f"{where}: {name} is required"


def dangling(configuration: Mapping[str, Any]) -> Iterator[str]:
    """Expressions and `depends_on` entries that lead to no block, or to an attribute that its type does not have."""
    have = {f"{type_}.{label}" for type_, label, _ in blocks(configuration)}
    text = json.dumps([configuration["resource"], configuration.get("output", {})])
    for expression in EXPRESSION.findall(text):
        for type_, label, attribute in ADDRESS.findall(expression):
            if f"{type_}.{label}" not in have or attribute not in SCHEMA[type_]["attributes"]:
                yield expression
    for _, _, arguments in blocks(configuration):
        yield from set(arguments.get("depends_on", [])) - have


@pytest.mark.parametrize("kind", BY_KIND)
def test_the_provider_knows_every_argument_and_every_reference_leads_somewhere(kind: type[Resource]) -> None:
    for graph in variants(kind):
        configuration = exported(graph)
        for type_, label, arguments in blocks(configuration):
            assert list(faults(arguments, SCHEMA[type_]["arguments"], f"{type_}.{label}")) == []
        assert list(dangling(configuration)) == []


def test_the_h100_example_exports_whole() -> None:
    graph = h100()
    configuration = exported(graph)
    assert [
        fault
        for type_, label, arguments in blocks(configuration)
        for fault in faults(arguments, SCHEMA[type_]["arguments"], f"{type_}.{label}")
    ] == []
    assert list(dangling(configuration)) == []
    assert len(list(blocks(configuration))) >= len(graph)


def test_a_graph_exports_the_same_twice() -> None:
    assert terraform(everything(), MARK) == terraform(everything(), MARK)


def test_names_are_those_that_apply_gives() -> None:
    rig, graph = Rig(cluster=MARK.cluster), everything()
    rig.apply(graph)
    live = {live.identity: live.outputs["name"] for live in rig.lives() if "name" in live.outputs}
    configuration = exported(graph)
    compared = 0
    for resource in graph:
        type_, label, _ = resource.terraform()[0]
        if resource.identity in live and (type_ in LIMITS or type_ == "aws_eks_cluster"):
            name = configuration["resource"][type_][re.sub(r"\W", "_", label)]["name"]
            assert name == live[resource.identity]
            compared += 1
    assert compared >= len(LIMITS) - 2  # groups carry a hash, and policies tell no name


def test_terraform_parses_it_and_finds_no_circle(tmp_path: Path) -> None:
    """With every type swapped for the built-in one, since that needs no provider."""
    configuration = exported(h100())
    swapped = {
        f"{type_}__{label}": {
            "input": {key: value for key, value in arguments.items() if key not in META},
            **{key: value for key, value in arguments.items() if key in META},
        }
        for type_, label, arguments in blocks(configuration)
    }
    text = json.dumps(
        {
            "variable": configuration["variable"],
            "resource": {"terraform_data": swapped},
            "output": configuration["output"],
        }
    )
    builtin = re.sub(r"\b(aws_\w+)\.(\w+)(\[0\])?\.", r"terraform_data.\1__\2\3.output.", text)
    builtin = re.sub(r'"(aws_\w+|helm_release)\.(\w+)"', r'"terraform_data.\1__\2"', builtin)
    (tmp_path / FILE).write_text(builtin)
    assert run_terraform(tmp_path, "validate", "-json")["valid"] is True


def test_terraform_and_its_provider_validate_it(tmp_path: Path) -> None:
    if not (PLUGINS / "registry.terraform.io" / "hashicorp" / "aws").is_dir():
        pytest.skip(f"Terraform's provider hashicorp/aws is not in {PLUGINS}: only its recorded schema was checked")
    configuration = exported(h100())
    if not (PLUGINS / "registry.terraform.io" / "hashicorp" / "helm").is_dir():
        for part in ("terraform", "provider", "resource"):
            without_helm(configuration[part])
    (tmp_path / FILE).write_text(json.dumps(configuration))
    assert run_terraform(tmp_path, "validate", "-json")["valid"] is True


def without_helm(part: dict[str, Any]) -> None:
    """What the provider of AWS checks alone."""
    part.pop("helm", None)
    part.pop("helm_release", None)
    part.get("required_providers", {}).pop("helm", None)


def run_terraform(folder: Path, *arguments: str) -> dict[str, Any]:
    """`terraform init` without any registry, then the command, which answers in JSON."""
    program = shutil.which("terraform")
    if program is None:
        pytest.skip("the program terraform is not installed: its own check of the export was left out")
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1"}
    plugins = PLUGINS if PLUGINS.is_dir() else folder / "no-plugins"
    plugins.mkdir(exist_ok=True)
    init = [program, "init", "-backend=false", "-input=false", "-no-color", f"-plugin-dir={plugins}"]
    started = subprocess.run(init, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert started.returncode == 0, started.stdout + started.stderr
    done = subprocess.run(
        [program, *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    answer: dict[str, Any] = json.loads(done.stdout)
    assert done.returncode == 0, answer
    return answer

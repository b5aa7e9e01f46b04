"""The graph as a Terraform configuration in JSON syntax, rendered from every kind's own Terraform form.

It knows no kind: only blocks, where a Ref leads, and what Terraform waits for by itself. The configuration carries no
mark of ours, so `eksgpu` never takes what Terraform made for its own.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from eksgpu.engine.graph import Graph
from eksgpu.engine.mark import Mark
from eksgpu.engine.refs import Chosen, Ref, Text, refs_in
from eksgpu.engine.resource import Resource

from . import terraform_cluster as within
from .terraform_gaps import gaps
from .terraform_names import DATA, named
from .terraform_text import base64, document, value

FILE = "main.tf.json"
PROVIDER = {"source": "hashicorp/aws", "version": ">= 5.100.0"}
# Arguments that are maps; every other mapping stands for a JSON document, since nested blocks are lists.
MAPS = frozenset({"tags", "labels"})
SHARED = "create_shared"
SHARED_HELP = "Create what one account has only once (service-linked roles); leave it out where it exists."


@dataclass(frozen=True)
class Block:
    """One block; `owner` is the identity of the resource that it belongs to.

    type: of a `resource`, or `data.TYPE` of what is there already and is only looked up.
    """

    owner: str
    type: str
    label: str
    arguments: Mapping[str, Any]

    @property
    def address(self) -> str:
        return f"{self.type}.{self.label}"

    @property
    def looked_up(self) -> bool:
        return self.type.startswith(DATA)


def terraform(graph: Graph, mark: Mark, *, existing: str = "") -> dict[str, str]:
    """Files by their path in a folder that is ready for `terraform init`; the same graph gives the same text.

    existing: EKS's name of a cluster that is there already; the mark's where it is ours.
    """
    cluster = existing or mark.cluster
    blocks = _blocks(graph, mark, cluster)
    rendered: dict[str, dict[str, Any]] = {}
    looked_up: dict[str, dict[str, Any]] = {}
    for resource in graph:
        for block in blocks[resource.identity]:
            into = looked_up if block.looked_up else rendered
            into.setdefault(block.type.removeprefix(DATA), {})[block.label] = _rendered(block, graph, blocks)
    left_out = gaps(graph)
    providers, ways = {"aws": PROVIDER}, {"aws": _aws(mark)}
    if within.RELEASE in rendered:
        providers["helm"] = within.PROVIDER
        ways["helm"] = within.provider(_cluster(graph), mark.region, cluster, lambda ref: _address(ref, graph, blocks))
    parts = {
        "//": ["Written by eksgpu.", *(f"Terraform's provider cannot say: {gap}" for gap in left_out)],
        "terraform": {"required_version": ">= 1.5", "required_providers": providers},
        "provider": ways,
        "variable": {SHARED: {"type": "bool", "default": False, "description": SHARED_HELP}},
        "data": {type_: looked_up[type_] for type_ in sorted(looked_up)},
        "resource": {type_: rendered[type_] for type_ in sorted(rendered)},
        "output": _outputs(graph, blocks, mark.region, cluster),
    }
    text = json.dumps({key: part for key, part in parts.items() if part}, indent=2, ensure_ascii=False) + "\n"
    objects = any(type_ == within.OBJECT for resource in graph for type_, _, _ in resource.terraform())
    return {FILE: text, **(within.CHART_FILES if objects else {})}


def _aws(mark: Mark) -> dict[str, Any]:
    return {"region": mark.region, "allowed_account_ids": [mark.account]}


def _cluster(graph: Graph) -> str:
    """The identity of the cluster, without which nothing can be in it."""
    return next(resource.identity for resource in graph if resource.kind == "eks_cluster")


def _blocks(graph: Graph, mark: Mark, cluster: str) -> dict[str, list[Block]]:
    """The blocks of every resource, its main one first, under labels that no other block of the type has."""
    taken: set[tuple[str, str]] = set()
    blocks: dict[str, list[Block]] = {}
    for resource in graph:
        own = blocks.setdefault(resource.identity, [])
        for type_, name, arguments in map(_in_blocks, _settled(resource).terraform()):
            label = next(label for label in _labels(name) if (type_, label) not in taken)
            taken.add((type_, label))
            own.append(Block(resource.identity, type_, label, named(type_, resource.name, arguments, mark, cluster)))
    return blocks


def _in_blocks(form: tuple[str, str, dict[str, Any]]) -> tuple[str, str, dict[str, Any]]:
    type_, name, arguments = form
    if type_ != within.OBJECT:
        return form
    return within.RELEASE, name, within.as_release(name, arguments)


def _settled(resource: Resource) -> Resource:
    """With what the tool chose as if it were asked for: Terraform has no word for the difference."""
    chosen = {name: given.value for name, given in vars(resource).items() if isinstance(given, Chosen)}
    return resource.with_fields(**chosen)


def _labels(name: str) -> Iterator[str]:
    plain = re.sub(r"[^A-Za-z0-9_]+", "_", name).strip("_").lower()
    plain = plain if plain[:1].isalpha() else f"_{plain}"
    yield plain
    number = 2
    while True:
        yield f"{plain}_{number}"
        number += 1


def _rendered(block: Block, graph: Graph, blocks: Mapping[str, list[Block]]) -> dict[str, Any]:
    owner = graph.resources[block.owner]

    def address(ref: Ref) -> str:
        return _address(ref, graph, blocks)

    rendered = {}
    if owner.shared and not block.looked_up:
        rendered["count"] = f"${{var.{SHARED} ? 1 : 0}}"
    for name, argument in block.arguments.items():
        if block.type == within.RELEASE:
            rendered[name] = within.rendered(name, argument, address)
            continue
        if argument is None or (name in MAPS and not argument):
            continue
        if isinstance(argument, Mapping) and name not in MAPS:
            rendered[name] = document(argument, address)
        elif isinstance(argument, Text) and name == "user_data":
            rendered[name] = base64(argument, address)
        else:
            rendered[name] = value(argument, address)
    waits = sorted(_waits(block, owner, blocks))
    rendered = {name: argument for name, argument in rendered.items() if argument is not None}
    return rendered | ({"depends_on": waits} if waits else {})


def _waits(block: Block, owner: Resource, blocks: Mapping[str, list[Block]]) -> set[str]:
    """What Terraform does not see in the expressions.

    Order without data, and the further blocks of what is referred to: a role is ready when its policies are attached.
    """
    if block is not blocks[block.owner][0]:
        return set()  # it refers to the main block, which waits
    after = {other.address for ref in owner.after for other in blocks[ref.target]}
    further = {
        other.address
        for ref in refs_in(dict(block.arguments))
        if ref.target != block.owner
        for other in blocks[ref.target][1:]
    }
    return after | further


def _address(ref: Ref, graph: Graph, blocks: Mapping[str, list[Block]]) -> str:
    target = graph.resources[ref.target]
    block = blocks[ref.target][0]
    one = "[0]" if target.shared and not block.looked_up else ""
    attribute = type(target).terraform_attributes.get(ref.output, ref.output)
    return f"{block.address}{one}.{attribute}"


def _outputs(graph: Graph, blocks: Mapping[str, list[Block]], region: str, name: str) -> dict[str, Any]:
    """The outputs of `eksgpu status`, where there is a cluster."""
    cluster = next((resource for resource in graph if resource.kind == "eks_cluster"), None)
    if cluster is None:
        return {}
    read = {
        f"cluster_{output}": value(Ref(cluster.identity, output), lambda ref: _address(ref, graph, blocks))
        for output in ("name", "endpoint", "version")
    }
    command = f"aws eks update-kubeconfig --region {region} --name {name}"
    texts = read | {"region": region, "configure_kubectl": command}
    return {name: {"value": text} for name, text in texts.items()}

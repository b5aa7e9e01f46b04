"""Whatever sharing writes anywhere is compared: take back any one part of it, and a check names the place.

What sharing writes is not listed here. It is the difference between the graph of a spec with `sharing` and the graph
of the same spec without: every object and every value of it is taken back, or changed, one at a time, as a user's own
values could in the graph, and as somebody with kubectl could in the cluster.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from functools import cache
from typing import Any, cast

import pytest

from eksgpu.aws.eks_node_group import EksNodeGroup
from eksgpu.aws.launch_template import LaunchTemplate
from eksgpu.blueprint.build import build
from eksgpu.checks.context import CheckContext, VerifyContext
from eksgpu.checks.live_cluster import LiveCluster
from eksgpu.checks.sharing_agrees import sharing_agrees
from eksgpu.checks.sharing_planned import sharing_planned
from eksgpu.checks.sharing_replicas import sharing_replicas
from eksgpu.engine.graph import Graph
from eksgpu.engine.refs import resolve
from eksgpu.engine.resource import Live, Resource
from eksgpu.kube.helm import HelmRelease
from eksgpu.kube.live import AFTER
from eksgpu.kube.object import KubeObject
from eksgpu.scheduling.sharing.places import PLACES
from eksgpu.spec.load import loads
from eksgpu.spec.models import GpuCluster
from tests.support.rig import Rig
from tests.unit.blueprint.test_kubernetes import FACTS, PERSON

from .account import found

FOUR = {"strategy": "timeSlicing", "replicas": 4}
RENAMED = {**FOUR, "rename": True}
MPS = {**FOUR, "strategy": "mps"}
BALANCED = {"strategy": "mig", "profile": "all-balanced", "rename": True}
HALVES = {"strategy": "mig", "profile": "3g.20gb"}
G5, G5_4, P4D = "g5.xlarge", "g5.12xlarge", "p4d.24xlarge"
ROCKET = {"os": "bottlerocket"}
LINUX = {"os": "al2023"}


def _pool(sharing: Mapping[str, Any], *types: str, **more: Any) -> dict[str, Any]:
    return {"nodePools": [{"name": "gpu", "instanceTypes": types, "sharing": sharing, **more}]}


def _group(sharing: Mapping[str, Any], *types: str, **more: Any) -> dict[str, Any]:
    system = {"name": "system", "system": True, "instanceTypes": ["m5.large"], "desired": 2}
    return {"nodeGroups": [system, {"name": "gpu", "instanceTypes": types, "sharing": sharing, **more}]}


CASES: dict[str, dict[str, Any]] = {
    "pool, in turns": _pool(FOUR, G5, G5_4, **LINUX),
    "pool, renamed": _pool(RENAMED, G5, **LINUX),
    "pool, fractions": _pool(FOUR, "g6f.large", "g6.xlarge", **LINUX),
    "pool, MPS": _pool(MPS, G5, **LINUX),
    "pool, MIG of several sizes": _pool(BALANCED, P4D, **LINUX),
    "pool of Bottlerocket, in turns": _pool(FOUR, G5, **ROCKET),
    "pool of Bottlerocket, MPS, renamed": _pool(MPS | {"rename": True}, G5, **ROCKET),
    "pool of Bottlerocket, MIG": _pool(HALVES, P4D, **ROCKET),
    "static pool": _pool(RENAMED, G5, replicas=2, **LINUX),
    "static pool of Bottlerocket": _pool(FOUR, G5, replicas=2, **ROCKET),
    "group, renamed": _group(RENAMED, G5),
    "group, MPS": _group(MPS, G5),
    "group, MIG": _group(HALVES, P4D),
    "group, MIG of several sizes": _group(BALANCED, P4D),
    "group of Bottlerocket, in turns": _group(FOUR, G5, **ROCKET),
    "group of Bottlerocket, MIG": _group(HALVES, P4D, **ROCKET),
}
NOT_SAID = ("checksum/config", AFTER)  # restarts pods, and says what stands before what: nothing of slices
SAID_ANYWAY = ("nvidia.com/gpu.present", "staticCapacity")  # whole GPUs and static pools need them too
NOT_READ = ("MIME-Version: 1.0", "--EKSGPU--")  # lines that readers of MIME do without
PROGRAMS = "DaemonSet"  # of one that only sharing brings, the inside is its own
ABSENT = object()
Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Broken:
    """A graph with one part taken back or changed."""

    what: str
    resources: tuple[Resource, ...]


@pytest.fixture(scope="module")
def rig() -> Rig:
    return Rig()


@pytest.mark.parametrize("case", CASES)
def test_what_the_spec_comes_to_agrees(case: str, rig: Rig) -> None:
    resources = tuple(_graph(_of(case)))
    assert _places(case, resources, rig) == (set(), set())


@pytest.mark.parametrize("case", CASES)
def test_take_back_any_part_and_it_is_named(case: str, rig: Rig) -> None:
    named = _named(case, rig)
    assert {what for what, (planned, live) in named.items() if not planned or not live} == set()
    assert len(named) > 5


def test_every_place_is_among_them(rig: Rig) -> None:
    """So a place that nobody can break, or that this test never saw broken, is noticed."""
    sides = [side for case in CASES for both in _named(case, rig).values() for side in both]
    assert set().union(*sides) == {place.name for place in PLACES if not place.lives}


@pytest.mark.parametrize(
    ("replicas", "expected"), [(8, []), (12, [("warning", "spec.nodePools[gpu].sharing.replicas")])]
)
def test_more_slices_than_eks_advises(replicas: int, expected: list[tuple[str, str]], rig: Rig) -> None:
    spec = _spec(_pool(FOUR | {"replicas": replicas}, G5))
    assert found(sharing_replicas, CheckContext(spec, FACTS, _graph(spec), rig.run)) == expected


@cache
def _of(case: str) -> GpuCluster:
    return _spec(CASES[case])


def _spec(body: Mapping[str, Any]) -> GpuCluster:
    whole = {"components": {"karpenter": {}}, **body} if "nodePools" in body else body
    document = {"apiVersion": "eksgpu.dev/v1alpha1", "kind": "GpuCluster", "spec": whole}
    return loads(json.dumps(document | {"metadata": {"name": "demo", "region": "us-west-2"}}))


def _graph(spec: GpuCluster) -> Graph:
    return build(spec, FACTS, account="123456789012", caller=PERSON)


def _unshared(body: Mapping[str, Any]) -> dict[str, Any]:
    owners = {key: [{k: v for k, v in one.items() if k != "sharing"} for one in many] for key, many in body.items()}
    return {**body, **owners}


@cache
def _named(case: str, rig: Rig) -> dict[str, tuple[set[str], set[str]]]:
    """What was broken → the places that are named, by each of the checks."""
    body = CASES[case]
    shared, bare = _graph(_spec(body)), _graph(_spec(_unshared(body))).resources
    return {one.what: _places(case, one.resources, rig) for one in _taken_back(tuple(shared), bare)}


def _taken_back(resources: tuple[Resource, ...], bare: Mapping[str, Resource]) -> Iterator[Broken]:
    for at, one in enumerate(resources):
        others, without = (resources[:at], resources[at + 1 :]), bare.get(one.identity)
        if without is None or PROGRAMS in one.identity:
            yield Broken(f"{one.identity} gone", (*others[0], *others[1]))
        if without is None and PROGRAMS in one.identity:
            continue
        for path, value, before in _differences(one, without):
            for other in _others(path, value, before):
                what = f"{one.identity} {'.'.join(map(str, path))} = {other if other is not ABSENT else 'gone'}"
                yield Broken(what, (*others[0], _with(one, path, other), *others[1]))


def _differences(one: Resource, without: Resource | None) -> Iterator[tuple[Path, Any, Any]]:
    """(path, value, value without sharing) of every part that only sharing has, or has otherwise."""
    for field in fields(one):
        if field.name in ("name", "after", "cluster", "shared", "force", "incarnation"):
            continue
        before = getattr(without, field.name) if without is not None else ABSENT
        yield from _within((field.name,), getattr(one, field.name), before)


def _within(path: Path, value: Any, before: Any) -> Iterator[tuple[Path, Any, Any]]:
    if path[-1] in NOT_SAID or path[1:] in (("apiVersion",), ("kind",), ("metadata", "name")):
        return
    if isinstance(value, Mapping):
        known = before if isinstance(before, Mapping) else {}
        for key, each in value.items():
            yield from _within((*path, key), each, known.get(key, ABSENT))
    elif isinstance(value, (list, tuple)) and (before is ABSENT or len(value) == len(before or ())):
        for at, each in enumerate(value):
            yield from _within((*path, at), each, before[at] if before is not ABSENT else ABSENT)
    elif value != before:
        yield path, value, before
    elif path[-1] in SAID_ANYWAY and value:
        yield path, value, ABSENT


def _others(path: Path, value: Any, before: Any) -> Iterator[Any]:
    """What may stand there instead: as without sharing, another number or word, a text with any new line left out."""
    if before is not ABSENT or len(path) < 2 or not isinstance(path[-2], int):  # what a list holds is whole
        yield before
    if isinstance(value, str) and "\n" in value:
        lines, known = value.split("\n"), set(str(before).split("\n")) if before is not ABSENT else set()
        for at, line in enumerate(lines):
            if line and line not in known and line not in NOT_READ:
                yield "\n".join((*lines[:at], *lines[at + 1 :]))
    elif isinstance(value, str) and value.isdecimal():
        yield "1" if value != "1" else "2"
    elif isinstance(value, bool):
        yield not value
    elif isinstance(value, int):
        yield value + 1
    elif isinstance(value, str):
        yield "NotIn" if value == "In" else "other"


def _with(one: Resource, path: Path, value: Any) -> Resource:
    name, *rest = path
    return replace(one, **{str(name): _put(getattr(one, str(name)), tuple(rest), value)})


def _put(tree: Any, path: Path, value: Any) -> Any:
    if not path:
        return "" if value is ABSENT else value
    first, rest = path[0], path[1:]
    if isinstance(tree, Mapping):
        if not rest and value is ABSENT:
            return {key: each for key, each in tree.items() if key != first}
        return {key: _put(each, rest, value) if key == first else each for key, each in tree.items()}
    if not rest and value is ABSENT:
        return [each for at, each in enumerate(tree) if at != first]
    return [_put(each, rest, value) if at == first else each for at, each in enumerate(tree)]


def _places(case: str, resources: tuple[Resource, ...], rig: Rig) -> tuple[set[str], set[str]]:
    """The places that are named: before apply, and in a cluster that has exactly this."""
    spec = _of(case)
    planned = sharing_planned.run(CheckContext(spec, FACTS, cast("Graph", resources), rig.run))
    cluster, lives = _live(resources)
    agrees = sharing_agrees.run(VerifyContext(spec, cluster, lives=lives))
    return (
        {one.where.rpartition(", ")[2] for one in planned},
        {one.where.rpartition(", ")[2] for one in agrees},
    )


def _live(resources: tuple[Resource, ...]) -> tuple[LiveCluster, tuple[Live, ...]]:
    objects: dict[str, list[Any]] = {}
    lives = []
    for one in resources:
        match one:
            case KubeObject():
                objects.setdefault(one.address.group_kind.kind, []).append(resolve(one.manifest, lambda ref: ref))
            case HelmRelease() if one.chart == "karpenter":
                objects["Deployment"] = [_deployment(one.values or {})]
            case EksNodeGroup() | LaunchTemplate():
                lives.append(Live(one.kind, one.name, one.name, fields=vars(one)))
            case _:
                pass
    cluster = LiveCluster(
        node_pools=tuple(objects.get("NodePool", ())),
        node_classes=tuple(objects.get("EC2NodeClass", ())),
        node_overlays=tuple(objects.get("NodeOverlay", ())),
        plugin_configs=tuple(objects.get("ConfigMap", ())),
        daemon_sets=tuple(objects.get("DaemonSet", ())),
        deployments=tuple(objects.get("Deployment", ())),
    )
    return cluster, tuple(lives)


def _deployment(values: Mapping[str, Any]) -> dict[str, Any]:
    """Karpenter's, as its chart makes it."""
    gates = values["settings"]["featureGates"]
    value = ",".join(f"{name[:1].upper()}{name[1:]}={str(on).lower()}" for name, on in gates.items())
    container = {"name": "controller", "env": [{"name": "FEATURE_GATES", "value": value}]}
    metadata = {"name": "karpenter", "labels": {"app.kubernetes.io/name": "karpenter"}}
    return {"metadata": metadata, "spec": {"template": {"spec": {"containers": [container]}}}}

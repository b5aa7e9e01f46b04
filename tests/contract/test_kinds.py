"""Every kind lives a whole life: made, unchanged, changed in every declared way, unchanged again, deleted, gone.

Walks the registry, so a kind that is added later is tested without being asked.
"""

from fnmatch import fnmatchcase

import pytest

from eksgpu.aws import KEPT, KINDS
from eksgpu.engine.graph import Graph
from eksgpu.engine.plan import Action
from eksgpu.engine.refs import Chosen
from eksgpu.engine.resource import Effect, Resource
from tests.support.rig import Rig

CHANGES = [
    pytest.param(kind, field, id=f"{kind.kind}-{field}")
    for kind in KINDS
    for field, on in kind.changes.items()
    if on.sample is not None
]
CHOOSABLE = [
    pytest.param(kind, field, id=f"{kind.kind}-{field}")
    for kind in KINDS
    for field, on in kind.changes.items()
    if isinstance(on.sample, str) and on.effect is Effect.IN_PLACE and getattr(kind.example(), field) is not None
]
BY_KIND = [pytest.param(kind, id=kind.kind) for kind in KINDS]


def changed(graph: Graph, kind: type[Resource], field: str) -> Graph:
    """The example graph with one field of the example set to its sample."""
    identity = kind.example().identity
    sample = kind.changes[field].sample
    return Graph(
        resource.with_fields(**{field: sample}) if resource.identity == identity else resource
        for resource in graph.resources.values()
    )


@pytest.mark.parametrize("kind", BY_KIND)
def test_made_then_nothing_to_do_then_deleted_and_gone(kind: type[Resource]) -> None:
    rig, graph = Rig(), Graph(kind.example_graph())
    rig.apply(graph)
    assert rig.plan(graph).empty
    made = {live.identity: live for live in rig.lives()}
    assert kind.example().identity in made
    rig.destroy()
    assert [live for live in rig.lives() if live.kind not in KEPT] == []
    assert_calls_are_declared(rig, graph)


@pytest.mark.parametrize(("kind", "field"), CHANGES)
def test_changes_as_declared_and_settles(kind: type[Resource], field: str) -> None:
    rig, graph = Rig(), Graph(kind.example_graph())
    rig.apply(graph)
    wanted = changed(graph, kind, field)
    plan = rig.plan(wanted)
    change = next(change for change in plan.changes if change.identity == kind.example().identity)
    declared = kind.changes[field].effect
    assert field in change.fields
    if declared is Effect.FORBIDDEN:
        assert any(field in refusal for refusal in plan.refusals)
        return
    assert plan.refusals == ()
    assert change.effect is declared or (declared is Effect.REPLACE and change.effect is Effect.RECREATE)
    before = {live.id for live in rig.lives() if live.identity == change.identity}
    rig.apply(wanted)
    after = {live.id for live in rig.lives() if live.identity == change.identity}
    assert rig.plan(wanted).empty
    assert len(after) == 1
    if declared is Effect.IN_PLACE:
        assert before == after
    assert_calls_are_declared(rig, wanted)


def assert_calls_are_declared(rig: Rig, graph: Graph) -> None:
    """What changes something is declared by the kinds at work; what reads, by any kind (discovery asks for all)."""
    declared = frozenset[str]().union(*(type(resource).permissions for resource in graph.resources.values()))
    others = frozenset[str]().union(*(other.permissions for other in KINDS))
    mutating = {action(call) for call in rig.world.log if not reads(call.operation)}
    reading = {action(call) for call in rig.world.log if reads(call.operation)}
    assert mutating <= declared
    assert reading <= others


@pytest.mark.parametrize("kind", BY_KIND)
def test_declares_itself_completely(kind: type[Resource]) -> None:
    example = kind.example()
    assert kind.kind == kind.__module__.rsplit(".", 1)[1]
    assert kind.permissions
    assert all(fnmatchcase(permission, "[a-z]*:[A-Z]*") for permission in kind.permissions)
    assert set(kind.changes) <= set(vars(example)), "every comparable field is a field"
    assert set(example.wanted()) <= set(kind.changes)
    for field, on in kind.changes.items():
        assert on.effect is Effect.IN_PLACE or on.why, f"{field}: say why"
    assert all(isinstance(type_, str) and isinstance(arguments, dict) for type_, _, arguments in example.terraform())


@pytest.mark.parametrize(("kind", "field"), CHOOSABLE)
def test_what_the_tool_chose_is_never_enforced(kind: type[Resource], field: str) -> None:
    rig, graph = Rig(), Graph(kind.example_graph())
    rig.apply(graph)
    newer = Graph(
        resource.with_fields(**{field: Chosen(kind.changes[field].sample)})
        if resource.identity == kind.example().identity
        else resource
        for resource in graph.resources.values()
    )
    change = next(change for change in rig.plan(newer).changes if change.identity == kind.example().identity)
    assert change.action is Action.NO_OP
    assert field in " ".join(change.notes)


def reads(operation: str) -> bool:
    return operation.startswith(("Describe", "List", "Get", "Simulate"))


IAM_PREFIX = {"eks": "eks", "logs": "logs", "resourcegroupstaggingapi": "tag", "sts": "sts"}


def action(call: object) -> str:
    """The IAM action of a logged call."""
    service, operation = call.service, call.operation  # type: ignore[attr-defined]
    return f"{IAM_PREFIX.get(service, service)}:{operation}"

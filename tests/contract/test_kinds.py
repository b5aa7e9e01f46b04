"""Every kind lives a whole life: made, unchanged, changed in every declared way, unchanged again, deleted, gone.

Walks the registry, so a kind that is added later is tested without being asked.
"""

from fnmatch import fnmatchcase

import pytest

from eksgpu.aws import KINDS
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
def test_made_and_then_nothing_to_do(kind: type[Resource]) -> None:
    rig, graph = Rig(), Graph(kind.example_graph())
    rig.apply(graph)
    assert rig.plan(graph).empty
    made = [live for live in rig.lives() if live.kind == kind.kind]
    assert [live.name for live in made if not kind.example().shared] or kind.example().shared


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
    if plan.refusals:
        pytest.fail(f"refused: {plan.refusals}")
    assert change.effect is declared or (declared is Effect.REPLACE and change.effect is Effect.RECREATE)
    before = {live.id for live in rig.lives() if live.identity == change.identity}
    rig.apply(wanted)
    after = {live.id for live in rig.lives() if live.identity == change.identity}
    assert rig.plan(wanted).empty
    assert (before == after) is (declared is Effect.IN_PLACE)


@pytest.mark.parametrize("kind", BY_KIND)
def test_deleted_and_gone(kind: type[Resource]) -> None:
    rig, graph = Rig(), Graph(kind.example_graph())
    rig.apply(graph)
    rig.destroy()
    left = [live for live in rig.lives() if not graph.resources[live.identity].shared]
    assert left == []


@pytest.mark.parametrize("kind", BY_KIND)
def test_calls_no_more_than_it_declares(kind: type[Resource]) -> None:
    rig, graph = Rig(), Graph(kind.example_graph())
    declared = frozenset[str]().union(*(type(resource).permissions for resource in graph.resources.values()))
    others = frozenset[str]().union(*(other.permissions for other in KINDS))
    start = len(rig.world.log)
    outcome = rig.apply(graph)
    for field, on in kind.changes.items():
        if on.sample is not None and on.effect is Effect.IN_PLACE:
            rig.apply(changed(graph, kind, field))
    rig.destroy()
    mutating = {action(call) for call in rig.calls_since(start) if not reads(call.operation)}
    reading = {action(call) for call in rig.calls_since(start) if reads(call.operation)}
    assert outcome.took
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


@pytest.mark.parametrize("kind", BY_KIND)
def test_what_the_tool_chose_is_never_enforced(kind: type[Resource]) -> None:
    graph = Graph(kind.example_graph())
    chosen = {
        name: Chosen(value)
        for name, value in kind.example().wanted().items()
        if isinstance(value, str) and kind.changes[name].effect is Effect.IN_PLACE and kind.changes[name].sample
    }
    if not chosen:
        pytest.skip("no plain field to choose")
    rig = Rig()
    rig.apply(graph)
    name = next(iter(chosen))
    wanted = Graph(
        resource.with_fields(**{name: Chosen(kind.changes[name].sample)})
        if resource.identity == kind.example().identity
        else resource
        for resource in graph.resources.values()
    )
    change = next(change for change in rig.plan(wanted).changes if change.identity == kind.example().identity)
    if kind.example().keeps(name, next(live for live in rig.lives() if live.identity == change.identity)):
        assert change.action is Action.NO_OP
        assert name in " ".join(change.notes)


def reads(operation: str) -> bool:
    return operation.startswith(("Describe", "List", "Get", "Simulate"))


IAM_PREFIX = {"eks": "eks", "logs": "logs", "resourcegroupstaggingapi": "tag", "sts": "sts"}


def action(call: object) -> str:
    """The IAM action of a logged call."""
    service, operation = call.service, call.operation  # type: ignore[attr-defined]
    return f"{IAM_PREFIX.get(service, service)}:{operation}"

"""Every kind lives a whole life: made, unchanged, changed in every declared way, unchanged again, deleted, gone.

Walks the registry, so a kind that is added later is tested without being asked.
"""

from fnmatch import fnmatchcase
from functools import partial

import pytest

from eksgpu.aws import KEPT, KINDS
from eksgpu.engine.graph import Graph
from eksgpu.engine.plan import Action, Change, Plan
from eksgpu.engine.refs import Chosen
from eksgpu.engine.resource import Effect, Live, Resource
from eksgpu.sandbox.durations import Durations
from tests.support.fork import in_a_copy
from tests.support.rig import Rig

QUICK = Durations(all=2.0)  # seen pending once
BY_KIND = [pytest.param(kind, id=kind.kind) for kind in KINDS]


@pytest.mark.parametrize("kind", BY_KIND)
def test_made_changed_in_every_declared_way_deleted_and_gone(kind: type[Resource]) -> None:
    """It is made once; every change happens in a copy of that account."""
    rig, graph = Rig(durations=QUICK), Graph(kind.example_graph())
    rig.apply(graph)
    lives = rig.lives()
    assert rig.plan(graph, lives).empty
    assert kind.example().identity in {live.identity for live in lives}
    failures = []
    for field in samples(kind):
        report = in_a_copy(partial(assert_changes_as_declared, rig, lives, graph, kind, field))
        failures += [f"{field}:\n{report}"] if report else []
    assert not failures, "\n".join(failures)
    rig.destroy()
    assert [live for live in rig.lives() if live.kind not in KEPT] == []
    assert_calls_are_declared(rig, graph)


def samples(kind: type[Resource]) -> list[str]:
    """The fields that declare what they may be changed to."""
    return [field for field, on in kind.changes.items() if on.sample is not None]


def assert_changes_as_declared(rig: Rig, lives: list[Live], graph: Graph, kind: type[Resource], field: str) -> None:
    on = kind.changes[field]
    wanted = changed(graph, kind, field, on.sample)
    plan = rig.plan(wanted, lives)
    change = change_of(kind, plan)
    assert field in change.fields
    if on.effect is Effect.FORBIDDEN:
        assert any(field in refusal for refusal in plan.refusals)
        return
    assert plan.refusals == ()
    assert change.effect is on.effect or (on.effect is Effect.REPLACE and change.effect is Effect.RECREATE)
    if may_be_chosen(kind, field):
        choice = change_of(kind, rig.plan(changed(graph, kind, field, Chosen(on.sample)), lives))
        assert choice.action is Action.NO_OP, "what the tool chose is never enforced"
        assert field in " ".join(choice.notes)
    rig.carry_out(wanted, plan)
    settled = rig.lives()
    assert rig.plan(wanted, settled).empty
    before, after = ({live.id for live in found if live.identity == change.identity} for found in (lives, settled))
    assert len(after) == 1
    if on.effect is Effect.IN_PLACE:
        assert before == after
    assert_calls_are_declared(rig, wanted)


def changed(graph: Graph, kind: type[Resource], field: str, value: object) -> Graph:
    """The example graph with one field of the example set to something else."""
    identity = kind.example().identity
    return Graph(
        resource.with_fields(**{field: value}) if resource.identity == identity else resource
        for resource in graph.resources.values()
    )


def change_of(kind: type[Resource], plan: Plan) -> Change:
    """What happens to the example."""
    return next(change for change in plan.changes if change.identity == kind.example().identity)


def may_be_chosen(kind: type[Resource], field: str) -> bool:
    """A word that changes in place and is set in the example."""
    on = kind.changes[field]
    return isinstance(on.sample, str) and on.effect is Effect.IN_PLACE and getattr(kind.example(), field) is not None


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


def reads(operation: str) -> bool:
    return operation.startswith(("Describe", "List", "Get", "Simulate"))


IAM_PREFIX = {"eks": "eks", "logs": "logs", "resourcegroupstaggingapi": "tag", "sts": "sts"}


def action(call: object) -> str:
    """The IAM action of a logged call."""
    service, operation = call.service, call.operation  # type: ignore[attr-defined]
    return f"{IAM_PREFIX.get(service, service)}:{operation}"

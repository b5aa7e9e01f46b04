"""What changing a field does to a live object: as a table, by physical ids, and when the process dies halfway."""

from dataclasses import dataclass, fields
from typing import Any

import pytest

from eksgpu.aws import KEPT, KINDS
from eksgpu.engine.graph import Graph
from eksgpu.engine.resource import Effect, OnChange, Resource
from eksgpu.sandbox.calllog import LoggedCall
from eksgpu.sandbox.durations import Durations
from tests.support.account import QUICK, dying
from tests.support.everything import everything
from tests.support.rig import Rig

REPLACE, RECREATE = Effect.REPLACE, Effect.RECREATE
TABLE: dict[tuple[str, str], Effect] = {
    ("subnet", "vpc"): RECREATE,
    ("subnet", "cidr"): RECREATE,
    ("subnet", "zone"): RECREATE,
    ("nat_gateway", "subnet"): RECREATE,
    ("nat_gateway", "address"): RECREATE,
    ("route_table", "vpc"): RECREATE,
    ("security_group", "vpc"): REPLACE,
    ("security_group", "description"): REPLACE,
    ("security_group_rule", "group"): REPLACE,
    ("security_group_rule", "direction"): REPLACE,
    ("security_group_rule", "source"): REPLACE,
    ("vpc_endpoint", "vpc"): RECREATE,
    ("vpc_endpoint", "service"): RECREATE,
    ("vpc_endpoint", "type"): RECREATE,
    ("log_group", "group"): RECREATE,
    ("oidc_provider", "url"): RECREATE,
    ("eks_node_group", "instance_types"): REPLACE,
    ("eks_node_group", "ami_type"): REPLACE,
    ("eks_node_group", "capacity"): REPLACE,
    ("eks_node_group", "subnets"): REPLACE,
    ("eks_node_group", "role"): REPLACE,
    ("eks_node_group", "disk_size"): REPLACE,
    ("eks_node_group", "launch_template"): REPLACE,
    ("eks_addon", "namespace"): RECREATE,
    ("access_entry", "principal"): RECREATE,
    ("access_entry", "type"): RECREATE,
    ("pod_identity_association", "namespace"): RECREATE,
    ("pod_identity_association", "service_account"): RECREATE,
}
KIND = {kind.kind: kind for kind in KINDS}
TRIED = [key for key in TABLE if KIND[key[0]].changes[key[1]].sample is not None]
# One of each kind: where the process dies does not depend on which field differs.
CRASHED = list({kind: (kind, field) for kind, field in reversed(TRIED)}.values())


def test_the_table_is_what_the_kinds_declare() -> None:
    declared = {
        (kind.kind, field): on.effect
        for kind in KINDS
        for field, on in kind.changes.items()
        if on.effect in (REPLACE, RECREATE)
    }
    assert declared == TABLE


class Case:
    """A kind's example, living; and the same with one field changed."""

    def __init__(self, kind: str, field: str) -> None:
        self.kind = KIND[kind]
        self.rig = Rig(durations=Durations(all=QUICK))
        self.before = Graph(self.kind.example_graph())
        changed = self.kind.example().with_fields(**{field: self.kind.changes[field].sample})
        self.after = Graph(changed if resource.identity == changed.identity else resource for resource in self.before)
        self.identity = changed.identity
        self.rig.apply(self.before)

    def physical(self) -> list[str]:
        """Ids of what lives under the example's name."""
        return [live.id for live in self.kind.discover(self.rig.run) if live.identity == self.identity]


@pytest.mark.parametrize(("kind", "field"), TRIED)
def test_new_first_or_old_first(kind: str, field: str) -> None:
    case = Case(kind, field)
    [before] = case.physical()
    start = len(case.rig.world.log)
    case.rig.apply(case.after)
    [after] = case.physical()
    assert case.rig.plan(case.after).empty
    if TABLE[kind, field] is REPLACE:
        assert after != before  # both lived for a while, so they have different names
    words = [word for call in case.rig.world.log[start:] if (word := making_or_removing(call))]
    assert words == (["make", "remove"] if TABLE[kind, field] is REPLACE else ["remove", "make"])


def making_or_removing(call: LoggedCall) -> str:
    if call.operation.startswith(("Create", "Authorize")) and call.operation != "CreateTags":
        return "make"
    return "remove" if call.operation.startswith(("Delete", "Revoke")) else ""


@pytest.mark.parametrize(("kind", "field"), CRASHED)
def test_dying_between_the_two(kind: str, field: str) -> None:
    case = Case(kind, field)
    second = "remove" if TABLE[kind, field] is REPLACE else "make"
    with dying(case.rig.world, lambda call: making_or_removing(call) == second):
        case.rig.apply(case.after)
    case.rig.run = case.rig.connect()
    assert len(case.physical()) == (2 if TABLE[kind, field] is REPLACE else 0)
    case.rig.apply(case.after)
    assert len(case.physical()) == 1
    assert case.rig.plan(case.after).empty
    case.rig.destroy()
    assert [live for live in case.rig.lives() if live.kind not in KEPT] == []


@pytest.mark.parametrize(("kind", "field"), CRASHED)
def test_dying_between_the_two_and_changing_ones_mind(kind: str, field: str) -> None:
    case = Case(kind, field)
    second = "remove" if TABLE[kind, field] is REPLACE else "make"
    before = case.physical()
    with dying(case.rig.world, lambda call: making_or_removing(call) == second):
        case.rig.apply(case.after)
    case.rig.run = case.rig.connect()
    case.rig.apply(case.before)
    assert case.rig.plan(case.before).empty
    assert len(case.physical()) == 1
    if TABLE[kind, field] is REPLACE:
        assert case.physical() == before  # the old one was still there


def test_a_field_that_a_later_release_adds_replaces_nobodys() -> None:
    graph, rig = everything(), Rig(durations=Durations(all=QUICK))
    rig.apply(graph)
    later = Graph(newer(resource) for resource in graph)
    assert {name: later.incarnation(name) for name in later.order} == {
        name: graph.incarnation(name) for name in graph.order
    }
    assert rig.plan(later).empty
    group = "eks_node_group/system"
    asked = Graph(newer(resource, "set" if resource.identity == group else None) for resource in graph)
    assert [change.identity for change in rig.plan(asked).changes if change.fields] == [group]


def newer(resource: Resource, value: str | None = None) -> Resource:
    """The same object as a release would want it whose kind has one more field that replaces."""
    kind = type(resource)
    changes = {**kind.changes, "added": OnChange(REPLACE, "it is new")}
    body: dict[str, Any] = {"__annotations__": {"added": "str | None"}, "added": None, "changes": changes}
    later: Any = dataclass(frozen=True)(type(kind.__name__, (kind,), body))
    return later(**{item.name: getattr(resource, item.name) for item in fields(resource)}, added=value)  # type: ignore[no-any-return]

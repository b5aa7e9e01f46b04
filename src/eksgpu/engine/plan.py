"""The plan: what would change, field by field, and what that means. Making one changes nothing.

Apply, prune and destroy are all plans; destroy is the plan against an empty graph.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from .diff import FieldDiff, Lookup, diff, newer_choices, resolve_fields
from .graph import Graph
from .refs import Ref, Unknown, refs_in
from .resource import Effect, Live, Resource, State


class Action(StrEnum):
    """What happens to one object."""

    CREATE = "create"
    UPDATE = "update"
    REPLACE = "replace"
    DELETE = "delete"
    NO_OP = "no-op"


@dataclass(frozen=True)
class Change:
    """One object's part of a plan.

    effect: how: replace makes the new one first, recreate removes the old one first.
    old:    lives that go: the replaced one, a failed or dying one, duplicates of an interrupted run.
    notes:  what the user may want to know although nothing changes ("1.36 is available").
    """

    action: Action
    kind: str
    name: str
    resource: Resource | None = None
    live: Live | None = None
    fields: Mapping[str, FieldDiff] = field(default_factory=dict)
    effect: Effect | None = None
    why: str = ""
    old: tuple[Live, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def identity(self) -> str:
        return f"{self.kind}/{self.name}"

    @property
    def disrupts(self) -> bool:
        """Whether nodes are drained or restarted."""
        return any(item.on.disrupts for item in self.fields.values()) or any(live.carries_nodes for live in self.old)


@dataclass(frozen=True)
class Plan:
    """Every change, in dependency order, deletions last. `refusals` are the reasons why it cannot be carried out."""

    changes: tuple[Change, ...]
    refusals: tuple[str, ...] = ()

    def summary(self) -> dict[str, int]:
        """How many of each, in the words of the JSON output."""
        words = {"create": 0, "update": 0, "replace": 0, "delete": 0, "noOp": 0}
        for change in self.changes:
            words["noOp" if change.action is Action.NO_OP else str(change.action)] += 1
        return words

    @property
    def lookup(self) -> Lookup:
        """What a Ref stands for as long as this plan is not carried out; Unknown inside where that is not known."""
        return planned({change.identity: change for change in self.changes})

    @property
    def empty(self) -> bool:
        """Whether there is nothing to do."""
        return all(change.action is Action.NO_OP and not change.old for change in self.changes)


def make_plan(
    graph: Graph,
    lives: Iterable[Live],
    *,
    replace: Sequence[str] = (),
    accept: frozenset[str] = frozenset(),
    kept: frozenset[str] = frozenset(),
) -> Plan:
    """Compare what is wanted with what lives.

    replace: identities to make again whatever the comparison says (`--replace KIND/NAME`).
    kept:    kinds that stay when nothing wants them any more: others of the account rely on them.
    accept:  identities' chosen fields to take today's value of, as `KIND/NAME.field` (`--accept`).
    """
    return _Planner(graph, tuple(lives), frozenset(replace), accept, kept).plan()


def planned(changes: Mapping[str, Change]) -> Lookup:
    """What a Ref stands for while planning: unknown when its target is made anew or the output may move.

    changes: by identity.
    """

    def lookup(ref: Ref) -> Any:
        change = changes[ref.target]
        if change.live is None or change.action in (Action.CREATE, Action.REPLACE):
            return Unknown(ref)
        moving = change.resource.volatile.get(ref.output, frozenset()) if change.resource else frozenset()
        if change.action is Action.UPDATE and moving & change.fields.keys():
            return Unknown(ref)
        value = change.live.output(ref.output)
        # What is still being made may not have all its outputs yet (a cluster's endpoint).
        return Unknown(ref) if change.live.state is State.PENDING and not value else value

    return lookup


class _Planner:
    def __init__(
        self,
        graph: Graph,
        lives: tuple[Live, ...],
        replace: frozenset[str],
        accept: frozenset[str],
        kept: frozenset[str],
    ) -> None:
        self.graph = graph
        self.replace = replace
        self.accept = accept
        self.kept = kept
        self.lives: dict[str, list[Live]] = {}
        for live in sorted(lives, key=lambda live: (live.created, live.id)):
            if live.state is not State.GONE:
                self.lives.setdefault(live.identity, []).append(live)
        self.used = {used for live in lives for used in live.uses}
        self.changes: dict[str, Change] = {}
        self.lookup = planned(self.changes)
        self.refusals: list[str] = []

    def plan(self) -> Plan:
        for resource in self.graph:
            self.changes[resource.identity] = self._change(resource)
        pruned = (
            Change(Action.DELETE, live.kind, live.name, live=live, old=(live,))
            for identity in sorted(self.lives.keys() - self.graph.resources.keys())
            for live in self.lives[identity]
            if live.kind not in self.kept and not live.shared
        )
        return Plan((*self.changes.values(), *pruned), tuple(self.refusals))

    def _change(self, resource: Resource) -> Change:
        incarnation = self.graph.incarnation(resource.identity)
        candidates = self.lives.get(resource.identity, [])
        alive = [live for live in candidates if live.state is not State.DELETING]
        dying = tuple(live for live in candidates if live.state is State.DELETING)
        if not alive:
            return Change(Action.CREATE, resource.kind, resource.name, resource, old=dying)
        current = self._current(alive, incarnation)
        others = tuple(live for live in candidates if live is not current)
        if resource.shared:
            return Change(Action.NO_OP, resource.kind, resource.name, resource, current)
        return self._compare(resource, current, others, incarnation)

    def _current(self, alive: list[Live], incarnation: str) -> Live:
        """Of several of one name: the wanted incarnation, then one that others use, then the oldest."""
        return min(
            alive,
            key=lambda live: (live.state is State.FAILED, live.incarnation != incarnation, live.id not in self.used),
        )

    def _compare(self, resource: Resource, live: Live, others: tuple[Live, ...], incarnation: str) -> Change:
        forced = self._forced(resource, live) or self._bound(resource)
        if forced:
            old = (live, *others)
            return Change(
                Action.REPLACE, resource.kind, resource.name, resource, live, {}, Effect.RECREATE, forced, old
            )
        resource = self._accepting(resource)
        fields = diff(resource, live, self.lookup)
        notes = tuple(
            f"{name}: {chosen} is available (lives: {now}); take it with --accept"
            for name, (now, chosen) in newer_choices(resource, live, self.lookup).items()
            if name not in fields
        )
        if not fields and live.state is State.PENDING:
            why = f"it is still being made or changed: wait. {live.reason}".strip()
            return Change(Action.UPDATE, resource.kind, resource.name, resource, live, why=why, old=others)
        if not fields:
            return Change(Action.NO_OP, resource.kind, resource.name, resource, live, old=others, notes=notes)
        effect = self._effect(resource, live, fields, incarnation)
        self._refuse(resource, live, fields)
        why = "; ".join(dict.fromkeys(item.on.why for item in fields.values() if item.on.why))
        action = Action.UPDATE if effect is Effect.IN_PLACE else Action.REPLACE
        old = others if action is Action.UPDATE else (live, *others)
        return Change(action, resource.kind, resource.name, resource, live, fields, effect, why, old, notes)

    def _forced(self, resource: Resource, live: Live) -> str:
        if resource.identity in self.replace:
            return "asked for with --replace"
        if live.state is not State.FAILED:
            return ""
        if resource.remake_failed:
            return f"it failed: {live.reason}"
        self.refusals.append(
            f"{resource.identity} ({live.id}) has failed: {live.reason}; "
            f"make it again with `apply --replace {resource.identity}`"
        )
        return ""

    def _bound(self, resource: Resource) -> str:
        """Why it goes with what it stands in: a reference that it keeps for life, to something that is made again."""
        kept = (value for name, value in vars(resource).items() if name != "after" and name not in resource.changes)
        for ref in refs_in(tuple(kept)):
            if self.changes[ref.target].effect is Effect.RECREATE:
                return f"it goes with {ref.target}, which is made again"
        return ""

    def _accepting(self, resource: Resource) -> Resource:
        taken = {
            name: value.value
            for name, value in resource.wanted().items()
            if f"{resource.identity}.{name}" in self.accept and hasattr(value, "value")
        }
        return resource.with_fields(**taken) if taken else resource

    def _effect(self, resource: Resource, live: Live, fields: Mapping[str, FieldDiff], incarnation: str) -> Effect:
        effects = {item.on.effect for item in fields.values()}
        if Effect.RECREATE in effects:
            return Effect.RECREATE
        if Effect.REPLACE not in effects:
            return Effect.IN_PLACE
        # The new one cannot stand beside the old one under one physical name, nor before its ground is laid anew.
        recreated = any(
            self.changes[target].effect is Effect.RECREATE for target in self.graph.needs[resource.identity]
        )
        return Effect.RECREATE if recreated or live.incarnation == incarnation else Effect.REPLACE

    def _refuse(self, resource: Resource, live: Live, fields: Mapping[str, FieldDiff]) -> None:
        for name, item in fields.items():
            if item.on.effect is Effect.FORBIDDEN:
                self.refusals.append(
                    f"{resource.identity}: {name} cannot change from {item.live} to {item.desired}: {item.on.why}"
                )
        reason = resolve_fields(resource, self.lookup, keep_chosen=True).refuse(live)
        if reason:
            self.refusals.append(f"{resource.identity}: {reason}")

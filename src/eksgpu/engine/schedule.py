"""Which step waits for which: the order of a whole run, as edges and nothing else.

Making follows the Refs of the graph. Deleting has no graph: its order comes from what each live object uses and
from what each kind says must outlive it, so it works with the spec lost and half an apply done.
"""

from collections.abc import Mapping, Sequence

from .graph import Graph
from .plan import Action, Change, Plan
from .resource import Deletable, Effect, Live

Needs = dict[str, set[str]]


def make_key(identity: str) -> str:
    """The key of the step that makes or updates this object."""
    return f"make {identity}"


def remove_key(live: Live) -> str:
    """The key of the step that deletes this live object."""
    return f"remove {live.identity} {live.id}"


def schedule(graph: Graph, plan: Plan, kinds: Mapping[str, type[Deletable]]) -> Needs:
    """For every step the steps that must be done before it."""
    needs: Needs = {make_key(identity): {make_key(n) for n in graph.needs[identity]} for identity in graph.resources}
    going = [live for change in plan.changes for live in change.old]
    needs |= {remove_key(live): set() for live in going}
    _order_removals(needs, going, kinds)
    for change in plan.changes:
        _join(needs, graph, plan, change, kinds)
    return needs


def _order_removals(needs: Needs, going: Sequence[Live], kinds: Mapping[str, type[Deletable]]) -> None:
    by_kind: dict[str, list[Live]] = {}
    for live in going:
        by_kind.setdefault(live.kind, []).append(live)
    for live in going:
        for other in going:
            if other.id != live.id and other.id in live.uses:
                needs[remove_key(other)].add(remove_key(live))
        for outliving in kinds[live.kind].gone_before:
            for other in by_kind.get(outliving, []):
                needs[remove_key(other)].add(remove_key(live))


def _join(needs: Needs, graph: Graph, plan: Plan, change: Change, kinds: Mapping[str, type[Deletable]]) -> None:
    """The edges between making and removing that this change implies."""
    if change.resource is None:
        for live in change.old:
            _let_go_first(needs, graph, plan, live, of=None)
            if getattr(kinds[live.kind], "successors_first", False):
                others = (other for other in graph.resources.values() if other.kind == live.kind)
                needs[remove_key(live)] |= {make_key(other.identity) for other in others}
        return
    identity = change.identity
    old_first = change.effect is Effect.RECREATE or change.action is Action.CREATE
    for live in change.old:
        if old_first:
            needs[make_key(identity)].add(remove_key(live))
            _let_go_first(needs, graph, plan, live, of=identity)
        else:
            movers = {identity, *graph.needed_by[identity]}
            needs[remove_key(live)] |= {make_key(mover) for mover in movers}
            _let_go_first(needs, graph, plan, live, of=None)


def _let_go_first(needs: Needs, graph: Graph, plan: Plan, live: Live, of: str | None) -> None:
    """Whatever stays but still holds on to `live` is updated before it goes; not what waits for its successor `of`."""
    for change in plan.changes:
        holds = change.live is not None and live.id in change.live.uses
        if not holds or change.action is not Action.UPDATE:
            continue
        if of is None or not _reaches(graph, change.identity, of):
            needs[remove_key(live)].add(make_key(change.identity))


def _reaches(graph: Graph, start: str, end: str) -> bool:
    """Whether `start` needs `end`, directly or through others."""
    seen: set[str] = set()
    todo = [start]
    while todo:
        identity = todo.pop()
        if identity == end:
            return True
        if identity not in seen:
            seen.add(identity)
            todo.extend(graph.needs[identity])
    return False

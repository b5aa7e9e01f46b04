"""The changes of a plan, grouped by what happens: creations by kind, everything else object by object.

A field shows only the part of it that differs, so one new statement in a long policy is one line.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from eksgpu.engine.diff import FieldDiff
from eksgpu.engine.plan import Action, Change
from eksgpu.engine.refs import Chosen
from eksgpu.engine.resource import Effect
from eksgpu.ops.report import desired, plain

from .look import Look, Style
from .table import table
from .words import many, value

_MISSING = object()


def changes_view(changes: Sequence[Change], look: Look) -> list[str]:
    """Every group that has something in it, an empty line between two."""
    groups = (
        _created([change for change in changes if change.action is Action.CREATE], look),
        _updated([change for change in changes if change.action is Action.UPDATE], look),
        _replaced([change for change in changes if change.action is Action.REPLACE], look),
        _deleted([change for change in changes if change.action is Action.DELETE], look),
        _deleted(
            [change for change in changes if change.action in (Action.UPDATE, Action.NO_OP)],
            look,
            ", left by an interrupted run",
        ),
    )
    lines: list[str] = []
    for group in groups:
        lines += ["", *group] if lines and group else group
    return lines


def _created(changes: Sequence[Change], look: Look) -> list[str]:
    if not changes:
        return []
    by_kind: dict[str, list[str]] = {}
    for change in changes:
        by_kind.setdefault(change.kind, []).append(change.name)
    rows = [(kind, str(len(names)), ", ".join(sorted(names))) for kind, names in by_kind.items()]
    lines = [_title("+", f"{len(changes)} to create", look, Style.GREEN), *table(rows, look, right=(1,), indent="    ")]
    chosen = [(f"{change.identity} {name}", text) for change in changes for name, text in _chosen(change)]
    if chosen:
        lines += ["    chosen for you, and kept until you --accept a newer one:", *table(chosen, look, indent="      ")]
    waiting = [live.id for change in changes for live in change.old]
    if waiting:
        lines += look.wrap(f"first waits until these are gone: {', '.join(waiting)}", "    ")
    return lines


def _chosen(change: Change) -> Iterator[tuple[str, str]]:
    assert change.resource is not None
    for name, wanted in change.resource.wanted().items():
        if isinstance(wanted, Chosen) and not wanted.quiet:
            yield name, value(plain(wanted.value))


def _updated(changes: Sequence[Change], look: Look) -> list[str]:
    if not changes:
        return []
    lines = [_title("~", f"{len(changes)} to update in place", look, Style.YELLOW)]
    for change in changes:
        lines += [f"    {change.identity}", *_fields(change.fields, look), *_meaning(change, look)]
    return lines


def _replaced(changes: Sequence[Change], look: Look) -> list[str]:
    if not changes:
        return []
    lines = [_title("-/+", f"{len(changes)} to replace", look, Style.RED)]
    for change in changes:
        order = "-/+ the old one goes first" if change.effect is Effect.RECREATE else "+/- the new one comes first"
        lines += [f"    {change.identity} ({order})", *_fields(change.fields, look), *_meaning(change, look)]
        lines += [f"        removes: {', '.join(live.id for live in change.old)}"] if change.old else []
    return lines


def _deleted(changes: Sequence[Change], look: Look, why: str = "") -> list[str]:
    rows = [(change.identity, live.id) for change in changes for live in change.old]
    if not rows:
        return []
    return [_title("-", f"{len(rows)} to delete{why}", look, Style.RED), *table(rows, look, indent="    ")]


def _title(symbol: str, text: str, look: Look, style: Style) -> str:
    return look.paint(f"{symbol:>3} {text}", style)


def _meaning(change: Change, look: Look) -> list[str]:
    parts = [change.why, "nodes are drained or restarted" if change.disrupts else ""]
    text = "; ".join(part for part in parts if part)
    return look.wrap(f"because: {text}" if change.why else f"note: {text}", "        ", "          ") if text else []


def _fields(fields: Mapping[str, FieldDiff], look: Look) -> list[str]:
    lines: list[str] = []
    for name, item in fields.items():
        for path, live, wanted in differences(name, plain(item.live), desired(item)):
            lines += look.wrap(f"{path}: {live} -> {wanted}", "        ", "          ")
    return lines


def differences(path: str, live: Any, wanted: Any) -> Iterator[tuple[str, str, str]]:
    """(path, live, wanted) as text for every leaf that differs; lists show what leaves and what joins them."""
    if live is _MISSING or wanted is _MISSING:
        yield path, _leaf(live), _leaf(wanted)
    elif isinstance(live, Mapping) and isinstance(wanted, Mapping):
        for key in [*live, *(key for key in wanted if key not in live)]:
            yield from differences(f"{path}.{key}", live.get(key, _MISSING), wanted.get(key, _MISSING))
    elif isinstance(live, list) and isinstance(wanted, list):
        yield from _list_difference(path, live, wanted)
    elif live != wanted:
        yield path, _leaf(live), _leaf(wanted)


def _list_difference(path: str, live: list[Any], wanted: list[Any]) -> Iterator[tuple[str, str, str]]:
    leaving = [item for item in live if item not in wanted]
    joining = [item for item in wanted if item not in live]
    if leaving or joining:
        yield f"{path}[]", _items(leaving), _items(joining)
    elif live != wanted:  # only the order, or how often one occurs
        yield path, _leaf(live), _leaf(wanted)


def _items(items: Iterable[Any]) -> str:
    return ", ".join(value(item) for item in items) or "(nothing)"


def _leaf(tree: Any) -> str:
    return value(None if tree is _MISSING else tree)


def count_line(summary: Mapping[str, int]) -> str:
    """`Plan: 96 to create, 0 to update, 0 to replace, 0 to delete; 3 objects stay as they are.`"""
    parts = ", ".join(f"{summary[action]} to {action}" for action in ("create", "update", "replace", "delete"))
    stay = summary["noOp"]
    return f"Plan: {parts}; {many(stay, 'object stays as it is', 'objects stay as they are')}."

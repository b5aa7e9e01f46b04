"""The actions a caller needs: what the kinds declare, all of them."""

from collections.abc import Iterable

from eksgpu.engine.resource import Deletable


def actions(kinds: Iterable[type[Deletable]]) -> tuple[str, ...]:
    """Every declared IAM action, sorted."""
    return tuple(sorted(frozenset[str]().union(*(kind.permissions for kind in kinds))))

"""Hosts and wishes for the tests of sharing."""

from typing import Any

from eksgpu.catalog.instance import instances
from eksgpu.scheduling.sharing.wish import Host, Kind, Strategy, Wish

FOUR_TURNS = Wish(Strategy.TIME_SLICING, 4)
FOUR_RENAMED = Wish(Strategy.TIME_SLICING, 4, rename=True)
FOUR_MPS = Wish(Strategy.MPS, 4)


def host(*types: str, os: str = "al2023", kind: Kind = Kind.NODE_POOL, **more: Any) -> Host:
    """Nodes of these types; one g5.xlarge when none is named."""
    return Host("shared", kind, os, tuple(instances()[name] for name in types or ("g5.xlarge",)), **more)


def mig(profile: str, *, rename: bool = False) -> Wish:
    """A profile on every GPU."""
    return Wish(Strategy.MIG, profile=profile, rename=rename)


def rules(found: tuple[Any, ...]) -> list[str]:
    """The stable names alone."""
    return [one.rule for one in found]

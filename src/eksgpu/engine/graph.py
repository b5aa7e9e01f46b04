"""The graph: every wanted object, with the edges that its Refs imply."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from typing import Any

from eksgpu.errors import EksgpuError

from .refs import Chosen, Ref, Text, refs_in
from .resource import Effect, Resource


class Graph:
    """An immutable set of resources, keyed by identity (`kind/name`), that refer only to each other."""

    def __init__(self, resources: Iterable[Resource]) -> None:
        """Raises EksgpuError when two differ under one identity, a Ref leads nowhere, or Refs go round in a circle."""
        found: dict[str, Resource] = {}
        for resource in resources:
            if found.setdefault(resource.identity, resource) != resource:
                raise EksgpuError(f"two different resources are called {resource.identity}")
        self.resources: Mapping[str, Resource] = found
        for identity, needed in self.needs.items():
            missing = sorted(needed - found.keys())
            if missing:
                raise EksgpuError(f"{identity} refers to {', '.join(missing)}, which is not in the graph")
        self._incarnations: dict[str, str] = {}
        self.order = self._sorted()

    def __iter__(self) -> Iterator[Resource]:
        """In dependency order, what is needed first; equals by name, so that two runs agree."""
        return (self.resources[identity] for identity in self.order)

    def __len__(self) -> int:
        return len(self.resources)

    @cached_property
    def needs(self) -> Mapping[str, frozenset[str]]:
        """For every identity those that must be ready before it."""
        return {
            identity: frozenset(ref.target for ref in refs_in(list(vars(resource).values())))
            for identity, resource in self.resources.items()
        }

    @cached_property
    def needed_by(self) -> Mapping[str, frozenset[str]]:
        """The same edges the other way round."""
        users: dict[str, set[str]] = {identity: set() for identity in self.resources}
        for identity, needed in self.needs.items():
            for target in needed:
                users[target].add(identity)
        return {identity: frozenset(found) for identity, found in users.items()}

    def incarnation(self, identity: str) -> str:
        """Which life of this object is wanted: a hash over the fields whose change replaces it, "" when none is set.

        Only fields that are set take part, so a field added to a kind later replaces nobody's; Refs enter as their
        target's incarnation, and what the tool chose does not enter at all.
        """
        if identity not in self._incarnations:
            self._incarnations[identity] = self._hash(self.resources[identity])
        return self._incarnations[identity]

    def _hash(self, resource: Resource) -> str:
        values = {
            name: _sorted_if(on.unordered, self._canonical(value))
            for name, on in resource.changes.items()
            if on.effect is Effect.REPLACE
            and (value := getattr(resource, name)) is not None
            and not isinstance(value, Chosen)
        }
        if not values:
            return ""
        return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:6]

    def _canonical(self, tree: Any) -> Any:
        match tree:
            case Ref():
                return ["ref", tree.target, self.incarnation(tree.target)]
            case Text():
                return [self._canonical(part) for part in tree.parts]
            case Mapping():
                return {str(key): self._canonical(value) for key, value in tree.items()}
            case frozenset():
                return _sorted_if(True, [self._canonical(value) for value in tree])
            case list() | tuple():
                return [self._canonical(value) for value in tree]
            case _:
                return tree

    def _sorted(self) -> tuple[str, ...]:
        sorter = TopologicalSorter({identity: sorted(self.needs[identity]) for identity in sorted(self.resources)})
        try:
            return tuple(sorter.static_order())
        except CycleError as error:
            raise EksgpuError(f"resources need each other in a circle: {' -> '.join(error.args[1])}") from error


def _sorted_if(unordered: bool, value: Any) -> Any:
    if unordered and isinstance(value, list):
        return sorted(value, key=lambda item: json.dumps(item, sort_keys=True))
    return value

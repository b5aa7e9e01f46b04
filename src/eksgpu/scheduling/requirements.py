"""Karpenter's algebra of requirements: what values a node label may have, and whether two such sets meet.

A requirement is a set of values, given by its members or by what it leaves out, with optional numeric bounds. Source:
kubernetes-sigs/karpenter, pkg/scheduling. It must not know which labels exist.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Self

OPERATORS = ("In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt", "Gte", "Lte")


@dataclass(frozen=True, slots=True)
class Requirement:
    """The values that one label may have: `values`, or with `complement` everything but `values`.

    above, below: exclusive bounds that a value must keep as a whole number; only a complement has them.
    A requirement without any value left says that the label must not be there.
    """

    key: str
    values: frozenset[str] = frozenset()
    complement: bool = False
    above: int | None = None
    below: int | None = None

    @classmethod
    def of(cls, key: str, operator: str, values: Collection[str] = ()) -> Self:
        """One as Kubernetes and Karpenter write it. ValueError for an operator that there is not."""
        match operator:
            case "In":
                return cls(key, frozenset(values))
            case "NotIn":
                return cls(key, frozenset(values), complement=True)
            case "Exists":
                return cls(key, complement=True)
            case "DoesNotExist":
                return cls(key)
            case "Gt" | "Gte" | "Lt" | "Lte":
                return cls._bound(key, operator, int(next(iter(values))))
        raise ValueError(f"{operator!r} is no operator; there are {', '.join(OPERATORS)}")

    @classmethod
    def _bound(cls, key: str, operator: str, number: int) -> Self:
        if operator.startswith("G"):
            return cls(key, complement=True, above=number - (operator == "Gte"))
        return cls(key, complement=True, below=number + (operator == "Lte"))

    @property
    def impossible(self) -> bool:
        """No value is left: as Karpenter's DoesNotExist."""
        return not self.complement and not self.values

    @property
    def bounded(self) -> bool:
        """Does it compare numbers?"""
        return self.above is not None or self.below is not None

    @property
    def allows_absence(self) -> bool:
        """Is it met by a node that lacks the label? So NotIn and DoesNotExist, as in Kubernetes."""
        return self.impossible or (self.complement and bool(self.values) and not self.bounded)

    def allows(self, value: str) -> bool:
        """Is this value one of the set?"""
        return _within(value, self.above, self.below) and (value in self.values) != self.complement

    def meet(self, other: "Requirement") -> "Requirement":
        """The values that both allow. Both must speak of one key."""
        above = _tighter(max, self.above, other.above)
        below = _tighter(min, self.below, other.below)
        if not (self.complement and other.complement):
            listed = self if not self.complement else other
            both = self.values & other.values if self.complement == other.complement else listed.values
            kept = frozenset(value for value in both if self.allows(value) and other.allows(value))
            return Requirement(self.key, kept)
        left_out = frozenset(value for value in self.values | other.values if _within(value, above, below))
        if above is not None and below is not None and _nothing_between(above, below, left_out):
            return Requirement(self.key)
        return Requirement(self.key, left_out, complement=True, above=above, below=below)

    def __str__(self) -> str:
        listed = ", ".join(sorted(self.values))
        if not self.complement:
            return f"{self.key} in ({listed})" if self.values else f"no {self.key}"
        parts = [f"{self.key} > {self.above}"] if self.above is not None else []
        parts += [f"{self.key} < {self.below}"] if self.below is not None else []
        parts += [f"{self.key} not in ({listed})"] if self.values else []
        return " and ".join(parts) or f"any {self.key}"


class Requirements(Mapping[str, Requirement]):
    """Requirements by key, met all at once; several of one key are their intersection. Immutable."""

    __slots__ = ("_by_key",)

    def __init__(self, items: Iterable[Requirement] = ()) -> None:
        self._by_key: dict[str, Requirement] = {}
        for item in items:
            known = self._by_key.get(item.key)
            self._by_key[item.key] = item if known is None else known.meet(item)

    @classmethod
    def labels(cls, labels: Mapping[str, str]) -> Self:
        """Exactly these labels."""
        return cls(Requirement(key, frozenset((value,))) for key, value in labels.items())

    @classmethod
    def parse(cls, entries: Iterable[Mapping[str, object]]) -> Self:
        """Entries with key, operator and values, as NodePools and node affinities have them."""
        return cls(_parsed(entry) for entry in entries)

    def and_also(self, other: Iterable[Requirement]) -> "Requirements":
        """Both at once."""
        return Requirements((*self._by_key.values(), *other))

    def meets(self, other: "Requirements") -> bool:
        """Can one node satisfy both? A key that only one side names is no conflict."""
        return self.conflict(other) is None

    def conflict(self, other: "Requirements") -> Requirement | None:
        """The first of `other`'s requirements that no value of ours satisfies."""
        few, many = (self, other) if len(self) <= len(other) else (other, self)
        for key, requirement in few._by_key.items():
            against = many._by_key.get(key)
            if against is None or not requirement.meet(against).impossible:
                continue
            if not (requirement.allows_absence and against.allows_absence):
                return other[key]
        return None

    def refused(self, wanted: "Requirements", well_known: Collection[str]) -> Requirement | None:
        """The first of a pod's requirements that a node made by these ones cannot satisfy.

        well_known: labels that a node has without its pool naming them. Any other must be named by us, unless the pod
        is content with its absence.
        """
        for key, requirement in wanted._by_key.items():
            if key not in self._by_key and key not in well_known and not requirement.allows_absence:
                return requirement
        return self.conflict(wanted)

    def unmet(self, labels: Mapping[str, str]) -> Requirement | None:
        """The first requirement that a node with exactly these labels does not satisfy."""
        for key, requirement in self._by_key.items():
            value = labels.get(key)
            met = requirement.allows_absence if value is None else requirement.allows(value)
            if not met:
                return requirement
        return None

    def __getitem__(self, key: str) -> Requirement:
        return self._by_key[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_key)

    def __len__(self) -> int:
        return len(self._by_key)

    def __hash__(self) -> int:
        return hash(frozenset(self._by_key.values()))

    def __str__(self) -> str:
        return "; ".join(str(item) for item in self._by_key.values())


def _parsed(entry: Mapping[str, object]) -> Requirement:
    values = entry.get("values") or ()
    assert isinstance(values, (list, tuple))
    return Requirement.of(str(entry["key"]), str(entry["operator"]), [str(value) for value in values])


def _within(value: str, above: int | None, below: int | None) -> bool:
    if above is None and below is None:
        return True
    if not value.isdecimal():
        return False
    number = int(value)
    return (above is None or number > above) and (below is None or number < below)


def _tighter(choose: Callable[[int, int], int], one: int | None, other: int | None) -> int | None:
    if one is None or other is None:
        return other if one is None else one
    return choose(one, other)


def _nothing_between(above: int, below: int, left_out: Collection[str]) -> bool:
    """Is every whole number between the bounds left out?"""
    room = below - above - 1
    return room <= 0 or (room <= len(left_out) and {int(value) for value in left_out} >= set(range(above + 1, below)))

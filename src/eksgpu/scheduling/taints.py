"""Taints and tolerations, as Kubernetes reads them. It must not know what a taint is for."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Taint:
    """Keeps pods that do not tolerate it off a node. `effect`: NoSchedule, NoExecute or PreferNoSchedule."""

    key: str
    value: str
    effect: str

    @classmethod
    def parse(cls, taint: Mapping[str, Any] | str) -> Self:
        """A mapping as Kubernetes has it, or `key=value:Effect`."""
        if isinstance(taint, str):
            pair, _, effect = taint.rpartition(":")
            key, _, value = pair.partition("=")
            return cls(key, value, effect)
        return cls(str(taint["key"]), str(taint.get("value") or ""), str(taint["effect"]))

    @property
    def keeps_off(self) -> bool:
        """Does the scheduler obey it? PreferNoSchedule is a wish."""
        return self.effect != "PreferNoSchedule"

    def __str__(self) -> str:
        return f"{self.key}={self.value}:{self.effect}" if self.value else f"{self.key}:{self.effect}"


@dataclass(frozen=True, slots=True)
class Toleration:
    """What a pod bears. An empty key bears every key, an empty effect every effect."""

    key: str = ""
    operator: str = "Equal"
    value: str = ""
    effect: str = ""

    @classmethod
    def parse(cls, toleration: Mapping[str, Any]) -> Self:
        """One as it stands in a pod's spec."""
        return cls(
            key=str(toleration.get("key") or ""),
            operator=str(toleration.get("operator") or "Equal"),
            value=str(toleration.get("value") or ""),
            effect=str(toleration.get("effect") or ""),
        )

    def bears(self, taint: Taint) -> bool:
        """Does it tolerate this taint?"""
        if self.effect not in ("", taint.effect):
            return False
        if not self.key:
            return self.operator == "Exists"
        return self.key == taint.key and (self.operator == "Exists" or self.value == taint.value)


def untolerated(taints: Iterable[Taint], tolerations: Iterable[Toleration]) -> Taint | None:
    """The first taint that keeps a pod with these tolerations off; None when it may come."""
    borne = tuple(tolerations)
    for taint in taints:
        if taint.keeps_off and not any(toleration.bears(taint) for toleration in borne):
            return taint
    return None

"""How MIG cuts each GPU model: profiles, their shapes and places, and whether a layout fits on one GPU.

A layout is profile → count. It is judged by what the hardware has (memory slices, compute slices, places), not by a
list of known layouts. It must not know of nodes or of who creates the instances.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from eksgpu.catalog import load

Layout = Mapping[str, int]
"""Profile → how many instances of it one GPU has."""


@dataclass(frozen=True, slots=True)
class Profile:
    """A kind of instance. `places`: the memory slices that one may start at; `most`: how many one GPU holds."""

    name: str
    compute: int
    memory: int
    places: tuple[int, ...]
    most: int

    @property
    def memory_gb(self) -> int:
        """Memory of one instance by its name: 10 of `1g.10gb+me`."""
        return int(self.name.partition(".")[2].partition("gb")[0])

    @property
    def resource(self) -> str:
        """What pods ask for under the device plugin's strategy `mixed`: `nvidia.com/mig-1g.10gb.me`."""
        return f"nvidia.com/mig-{self.name.replace('+', '.')}"


@dataclass(frozen=True)
class Geometry:
    """One GPU model as MIG sees it.

    documented:          the places are NVIDIA's own; else they follow from another model's by analogy.
    balanced:            NVIDIA's layout `all-balanced`; empty where it ships none.
    bottlerocket_key:    the model's name in Bottlerocket's settings; "" where they do not know it.
    """

    gpu: str
    memory_mib: int
    memory_slices: int
    compute_slices: int
    documented: bool
    profiles: Mapping[str, Profile]
    balanced: Layout
    bottlerocket_key: str = ""
    bottlerocket_profiles: frozenset[str] = frozenset()

    @cached_property
    def by_size(self) -> tuple[Profile, ...]:
        """The largest first: the order in which instances are placed."""
        return tuple(sorted(self.profiles.values(), key=lambda one: (-one.memory, -one.compute, one.name)))

    def uniform(self, profile: str) -> Layout:
        """As many instances of one profile as a GPU holds. KeyError for a profile it lacks."""
        return {profile: self.profiles[profile].most}

    def placed(self, layout: Layout) -> tuple[tuple[str, int], ...] | None:
        """(profile, first memory slice) of every instance, the largest first; None when they do not fit together."""
        if any(count > self.profiles[name].most for name, count in layout.items()):
            return None
        wanted = [one for one in self.by_size for _ in range(layout.get(one.name, 0))]
        if sum(one.compute for one in wanted) > self.compute_slices:
            return None
        return _place(wanted, frozenset(range(self.memory_slices)))


@cache
def geometries() -> Mapping[tuple[str, int], Geometry]:
    """Every model that MIG can cut, by (name, memory in MiB)."""
    data = load.document("mig")
    found = (_geometry(entry, data["schemes"][entry["scheme"]]) for entry in data["geometries"])
    return {(one.gpu, one.memory_mib): one for one in found}


def geometry(gpu: str, memory_mib: int) -> Geometry | None:
    """How MIG cuts a model; None for one that it cannot cut."""
    return geometries().get((gpu, memory_mib))


def _place(wanted: list[Profile], free: frozenset[int]) -> tuple[tuple[str, int], ...] | None:
    """Try every place for the first one, then the rest. At most seven instances, so the search is small."""
    if not wanted:
        return ()
    first, *rest = wanted
    for start in first.places:
        taken = frozenset(range(start, start + first.memory))
        if taken <= free:
            others = _place(rest, free - taken)
            if others is not None:
                return ((first.name, start), *others)
    return None


def _geometry(entry: Mapping[str, Any], scheme: Mapping[str, Any]) -> Geometry:
    bottlerocket = entry.get("bottlerocket", {})
    return Geometry(
        gpu=entry["gpu"],
        memory_mib=entry["memoryMib"],
        memory_slices=scheme["memorySlices"],
        compute_slices=scheme["computeSlices"],
        documented=entry["placements"] == "documented",
        profiles={
            name: _profile(name, each["max"], scheme["shapes"][each["shape"]])
            for name, each in entry["profiles"].items()
        },
        balanced=entry.get("balanced", {}),
        bottlerocket_key=bottlerocket.get("key", ""),
        bottlerocket_profiles=frozenset(bottlerocket.get("profiles", ())),
    )


def _profile(name: str, most: int, shape: Mapping[str, Any]) -> Profile:
    return Profile(name, shape["compute"], shape["memory"], tuple(shape["at"]), most)

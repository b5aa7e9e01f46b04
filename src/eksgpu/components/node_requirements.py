"""How a wish for instance types becomes a NodePool's requirements. It must not know which types there are."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_AWS = "karpenter.k8s.aws/instance-"
_MIB = 2**20
# Karpenter knows no capacity type of that name: a capacity block is a reservation.
_CAPACITY = {"capacity-block": "reserved"}


@dataclass(frozen=True)
class Wish:
    """Which nodes are wanted, all fields at once; an empty one does not care.

    vcpus, generations:   (least, most), both included, or the exact numbers allowed as `exact_vcpus`.
    memory_bytes:         (least, most), both included.
    gpu_memory_mib:       of one GPU, as EC2 reports it.
    capacity:             on-demand, spot, reserved, capacity-block.
    verbatim:             requirements added as they stand; they are Karpenter's.
    """

    instance_types: tuple[str, ...] = ()
    families: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    arches: tuple[str, ...] = ()
    zones: tuple[str, ...] = ()
    capacity: tuple[str, ...] = ()
    generations: tuple[int | None, int | None] = (None, None)
    vcpus: tuple[int | None, int | None] = (None, None)
    exact_vcpus: tuple[int, ...] = ()
    memory_bytes: tuple[int | None, int | None] = (None, None)
    gpu_name: str | None = None
    gpu_count: int | None = None
    gpu_memory_mib: tuple[int, ...] = ()
    verbatim: tuple[Mapping[str, Any], ...] = ()


def requirements(wish: Wish) -> tuple[dict[str, Any], ...]:
    """The wish in Karpenter's words, in a fixed order."""
    least, most = wish.memory_bytes
    # Whole MiB, so that neither end lets a smaller or larger node in.
    memory = (None if least is None else -(-least // _MIB), None if most is None else most // _MIB)
    return (
        *_one_of("karpenter.sh/capacity-type", dict.fromkeys(_CAPACITY.get(name, name) for name in wish.capacity)),
        *_one_of("kubernetes.io/arch", wish.arches),
        *_one_of("kubernetes.io/os", ("linux",)),
        *_one_of("topology.kubernetes.io/zone", wish.zones),
        *_one_of("node.kubernetes.io/instance-type", wish.instance_types),
        *_one_of(f"{_AWS}family", wish.families),
        *_one_of(f"{_AWS}category", wish.categories),
        *_between(f"{_AWS}generation", wish.generations),
        *_one_of(f"{_AWS}cpu", wish.exact_vcpus),
        *_between(f"{_AWS}cpu", wish.vcpus),
        *_between(f"{_AWS}memory", memory),
        *_one_of(f"{_AWS}gpu-name", (wish.gpu_name,) if wish.gpu_name else ()),
        *_gpu_count(wish),
        *_one_of(f"{_AWS}gpu-memory", wish.gpu_memory_mib),
        *(dict(entry) for entry in wish.verbatim),
    )


def _one_of(key: str, values: Any) -> Iterator[dict[str, Any]]:
    listed = [str(value) for value in values]
    if listed:
        yield {"key": key, "operator": "In", "values": listed}


def _gpu_count(wish: Wish) -> Iterator[dict[str, Any]]:
    # A type with a fraction of a GPU bears the GPU's name, and 0 as its count.
    key = f"{_AWS}gpu-count"
    yield from _one_of(key, (wish.gpu_count,) if wish.gpu_count else ())
    if wish.gpu_name and not wish.gpu_count:
        yield {"key": key, "operator": "Gt", "values": ["0"]}


def _between(key: str, ends: tuple[int | None, int | None]) -> Iterator[dict[str, Any]]:
    """Both ends included, in the operators that every release of Karpenter knows."""
    least, most = ends
    if least is not None and least == most:
        yield from _one_of(key, (least,))
        return
    if least:
        yield {"key": key, "operator": "Gt", "values": [str(least - 1)]}
    if most is not None:
        yield {"key": key, "operator": "Lt", "values": [str(most + 1)]}

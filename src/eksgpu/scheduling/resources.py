"""Amounts of resources as whole numbers: thousandths of a CPU, bytes of memory and storage, pieces of all else."""

from collections.abc import Iterable, Mapping
from decimal import ROUND_CEILING

from eksgpu.units import Quantity

CPU, MEMORY, STORAGE, PODS = "cpu", "memory", "ephemeral-storage", "pods"
NVIDIA_GPU = "nvidia.com/gpu"
NEURON, NEURON_CORE = "aws.amazon.com/neuron", "aws.amazon.com/neuroncore"
EFA = "vpc.amazonaws.com/efa"
Amounts = Mapping[str, int]


def amount(resource: str, quantity: object) -> int:
    """`500m` of cpu is 500, `1Gi` of memory 2**30. Rounded up, as Kubernetes does. ValueError for no quantity."""
    number = Quantity.parse(str(quantity)).number * (1000 if resource == CPU else 1)
    return int(number.to_integral_value(ROUND_CEILING))


def amounts(quantities: Mapping[str, object] | None) -> dict[str, int]:
    """A whole mapping, such as a container's requests."""
    return {name: amount(name, quantity) for name, quantity in (quantities or {}).items()}


def quantity(resource: str, count: int) -> str:
    """The other way: as Kubernetes writes it."""
    if resource == CPU:
        return str(count // 1000) if count % 1000 == 0 else f"{count}m"
    if resource in (MEMORY, STORAGE):
        return f"{count // 1024}Ki"
    return str(count)


def total(items: Iterable[Amounts]) -> dict[str, int]:
    """All of them together."""
    added: dict[str, int] = {}
    for item in items:
        for name, count in item.items():
            added[name] = added.get(name, 0) + count
    return added


def largest(items: Iterable[Amounts]) -> dict[str, int]:
    """For each resource the most that one of them has."""
    most: dict[str, int] = {}
    for item in items:
        for name, count in item.items():
            most[name] = max(most.get(name, 0), count)
    return most


def left(have: Amounts, taken: Amounts) -> dict[str, int]:
    """What remains; negative where more is taken than there is."""
    return {name: have.get(name, 0) - taken.get(name, 0) for name in {**have, **taken}}


def lacking(have: Amounts, wanted: Amounts) -> str | None:
    """The first resource of which more is wanted than there is; asking for none of it is no want."""
    return next((name for name, count in wanted.items() if count > 0 and count > have.get(name, 0)), None)


def extended(resource: str) -> bool:
    """Is it a device's resource, such as nvidia.com/gpu, rather than Kubernetes' own?"""
    domain, slash, _ = resource.partition("/")
    return bool(slash) and not domain.endswith("kubernetes.io") and not resource.startswith("requests.")

"""What EC2 has to sell: each instance type with what pods get of it, and its zones, capacity types and prices.

Built from the catalogue and a region's `Market`; what AWS has in stock at the moment is not known here.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache

from eksgpu.catalog.instance import InstanceType

from . import labels
from .requirements import Requirement, Requirements
from .resources import CPU, EFA, MEMORY, NEURON, NEURON_CORE, NVIDIA_GPU, PODS, STORAGE, Amounts

ORDER = ("reserved", "spot", "on-demand")
"""The order in which Karpenter takes capacity types that are all allowed."""

_GB, _GIB, _MIB = 10**9, 2**30, 2**20
_UNKNOWN_PRICE = float("inf")


@dataclass(frozen=True, slots=True)
class Offering:
    """A way to get an instance of a type. An unknown price is infinite: taken when nothing else is left."""

    zone: str
    capacity_type: str
    usd_per_hour: float
    reservation: str = ""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An instance type on offer. `capacity` is all it has, `allocatable` what pods may take."""

    item: InstanceType
    requirements: Requirements
    capacity: Amounts
    allocatable: Amounts
    offerings: tuple[Offering, ...]


@dataclass(frozen=True)
class Storage:
    """Where a node keeps images and pods: on its instance store where it has one and may use it, else on a volume."""

    volume_gib: int = 80
    instance_store: bool = True

    def count(self, item: InstanceType) -> int:
        """Bytes of ephemeral storage as Karpenter counts them."""
        return item.nvme_gb * _GB if self.instance_store and item.nvme_gb else self.volume_gib * _GIB


@dataclass(frozen=True)
class Market:
    """A region's zones and prices.

    zones:     zone name → zone id.
    offered:   instance type → zones that have it; every zone for types that are not named.
    on_demand: instance type → USD per hour; the catalogue's us-east-1 price stands in.
    spot:      the same for Spot; the on-demand price, its ceiling, stands in.
    """

    zones: Mapping[str, str]
    offered: Mapping[str, frozenset[str]] = field(default_factory=dict)
    on_demand: Mapping[str, float] = field(default_factory=dict)
    spot: Mapping[str, float] = field(default_factory=dict)
    reservations: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """Reservation id → (instance type, zone)."""

    def usd(self, item: InstanceType, capacity_type: str) -> float:
        """USD per hour; a reservation is paid for already."""
        if capacity_type == "reserved":
            return 0.0
        known = self.on_demand.get(item.name, item.us_east_1_usd_per_hour)
        ceiling = _UNKNOWN_PRICE if known is None else known
        return self.spot.get(item.name, ceiling) if capacity_type == "spot" else ceiling

    def offerings(self, item: InstanceType) -> Iterator[Offering]:
        """Every way to get this type here."""
        zones = self.offered.get(item.name, frozenset(self.zones))
        for zone in sorted(zones & self.zones.keys()):
            for capacity_type in ("spot", "on-demand"):
                if capacity_type in item.usage:
                    yield Offering(zone, capacity_type, self.usd(item, capacity_type))
        for reservation, (name, zone) in sorted(self.reservations.items()):
            if name == item.name and zone in self.zones:
                yield Offering(zone, "reserved", 0.0, reservation)


def candidates(items: Iterable[InstanceType], market: Market, storage: Storage) -> tuple[Candidate, ...]:
    """Those of the types that can be had in this market."""
    found = []
    for item in items:
        offerings = tuple(market.offerings(item))
        if offerings:
            capacity = whole(item, storage)
            found.append(Candidate(item, type_requirements(item), capacity, allocatable(item, storage), offerings))
    return tuple(found)


@cache
def type_requirements(item: InstanceType) -> Requirements:
    """The labels of the type's nodes, those that they surely lack included."""
    absent = (Requirement(name) for name in labels.absent_labels(item))
    return Requirements.labels(labels.instance_labels(item)).and_also(absent)


def whole(item: InstanceType, storage: Storage) -> dict[str, int]:
    """Everything a node of this type has."""
    return {
        CPU: item.vcpus * 1000,
        MEMORY: item.memory_mib * _MIB,
        STORAGE: storage.count(item),
        PODS: item.allocatable_pods or 110,
        **_devices(item),
    }


def allocatable(item: InstanceType, storage: Storage) -> dict[str, int]:
    """What a node of this type leaves for pods; estimated for types whose figures the catalogue lacks."""
    pods = item.allocatable_pods or 110
    cpu = item.allocatable_cpu_milli or item.vcpus * 1000 - _reserved_cpu(item.vcpus)
    # Karpenter's own estimate: 7.5 % of the memory is never seen by the system, 11 MiB a pod and 355 MiB are the
    # kubelet's. Source: Karpenter, vmMemoryOverheadPercent; amazon-eks-ami, kubeReserved.
    memory = item.allocatable_memory_mib or max(0, int(item.memory_mib * 0.925) - 11 * pods - 355)
    # 1 GiB for the system, and a tenth is where the kubelet begins to evict.
    disk = storage.count(item) * 9 // 10 - _GIB
    return {CPU: cpu, MEMORY: memory * _MIB, STORAGE: disk, PODS: pods, **_devices(item)}


def _devices(item: InstanceType) -> dict[str, int]:
    counts = {
        NVIDIA_GPU: labels.whole_gpus(item),
        NEURON: item.accelerator_count,
        NEURON_CORE: item.neuron_cores,
        EFA: item.efa_interfaces,
    }
    return {name: count for name, count in counts.items() if count}


def _reserved_cpu(vcpus: int) -> int:
    """Milli-CPUs that the kubelet keeps: 6 % of the first, 1 % of the second, 0.5 % of the next two, 0.25 % then."""
    return int(60 + 10 * (vcpus >= 2) + 5 * max(0, min(vcpus, 4) - 2) + 2.5 * max(0, vcpus - 4))

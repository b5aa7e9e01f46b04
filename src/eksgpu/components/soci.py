"""SOCI parallel pull: how many layers to fetch and unpack at once, derived from what a node can bear, with the reason.

The values come from vCPUs, network and instance store of the weakest type that a pool may take; row 000-14 fixes the
two ends of the scale. It must not know how a value gets onto a node: that is for `user_data`.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from eksgpu.catalog.instance import InstanceType

DOWNLOADS = "max-concurrent-downloads-per-image"
CHUNK = "concurrent-download-chunk-size"
UNPACKS = "max-concurrent-unpacks-per-image"
DISCARD = "discard-unpacked-layers"
MIN_THROUGHPUT = 600
"""MiB/s that a volume should give, because layers are buffered on disk. Source: awslabs/soci-snapshotter."""

# What ECR's documentation advises for one image.
_ECR_DOWNLOADS = (10, 20)
_ECR_CHUNK_MB = (8, 16)
# AL2023's FastImagePull leaves smaller nodes alone. Source: amazon-eks-ami, nodeadm.
_MIN_VCPUS, _MIN_MEMORY_MIB = 4, 7 * 1024
_UNPACKS_PER_VCPU = 3


@dataclass(frozen=True, slots=True)
class Parameter:
    """One of SOCI's settings: its name, what the snapshotter does without us, and why we set it."""

    name: str
    upstream: str
    why: str


PARAMETERS = (
    Parameter(
        DOWNLOADS,
        "3",
        f"ECR advises {_ECR_DOWNLOADS[0]} to {_ECR_DOWNLOADS[1]}; more where vCPUs, network and instance store bear it",
    ),
    Parameter(
        CHUNK,
        "layer size",
        f"larger parts need fewer requests; ECR advises {_ECR_CHUNK_MB[0]}mb to {_ECR_CHUNK_MB[1]}mb",
    ),
    Parameter(UNPACKS, "1", "unpacking is bound by CPU and disk"),
    Parameter(DISCARD, "false", "compressed layers are of no use once unpacked"),
)
"""Source of the defaults: awslabs/soci-snapshotter, parallel pull."""


@dataclass(frozen=True, slots=True)
class _Step:
    """Values for nodes with at least so many vCPUs and so much network, and instance store if `store`."""

    vcpus: int
    network_mbps: int
    store: bool
    downloads: int
    chunk_mb: int
    unpacks: int


_STEPS = (
    _Step(vcpus=128, network_mbps=1_000_000, store=True, downloads=30, chunk_mb=32, unpacks=30),
    _Step(vcpus=48, network_mbps=50_000, store=True, downloads=20, chunk_mb=16, unpacks=20),
    _Step(vcpus=0, network_mbps=0, store=False, downloads=10, chunk_mb=16, unpacks=10),
)


@dataclass(frozen=True, slots=True)
class Tuning:
    """SOCI's settings for one kind of node.

    weakest: the type that they were derived from.
    given:   the fields that the user set, which were not derived.
    """

    downloads: int
    chunk_mb: int
    unpacks: int
    discard: bool = True
    weakest: str = ""
    reason: str = ""
    given: frozenset[str] = frozenset()

    @property
    def settings(self) -> dict[str, int | str | bool]:
        """Keys and values as Bottlerocket names them."""
        return {
            DOWNLOADS: self.downloads,
            CHUNK: f"{self.chunk_mb}mb",
            UNPACKS: self.unpacks,
            DISCARD: self.discard,
        }

    @property
    def warnings(self) -> tuple[str, ...]:
        """Where the values pass what ECR advises; empty when they do not."""
        return tuple(self._beyond())

    def _beyond(self) -> Iterator[str]:
        if self.downloads > _ECR_DOWNLOADS[1]:
            yield f"{DOWNLOADS} is {self.downloads}; ECR advises at most {_ECR_DOWNLOADS[1]} for one image"
        if self.chunk_mb > _ECR_CHUNK_MB[1]:
            yield f"{CHUNK} is {self.chunk_mb}mb; ECR advises at most {_ECR_CHUNK_MB[1]}mb"


def tuning(types: Iterable[InstanceType], *, local_storage: bool = True) -> Tuning:
    """The values that suit every one of these types. ValueError when there is none.

    local_storage: whether nodes use their instance store for images.
    """
    pool = tuple(types)
    if not pool:
        raise ValueError("no instance type to derive SOCI's values from")
    weakest = min(pool, key=lambda item: (item.vcpus, item.network_mbps or 0, item.name))
    network = min(item.network_mbps or 0 for item in pool)
    store = local_storage and all(item.nvme_gb for item in pool)
    step = next(one for one in _STEPS if _reached(one, weakest.vcpus, network, store))
    where = "instance store" if store else "a data volume"
    return Tuning(
        downloads=step.downloads,
        chunk_mb=step.chunk_mb,
        unpacks=min(step.unpacks, _UNPACKS_PER_VCPU * weakest.vcpus),
        weakest=weakest.name,
        reason=f"{weakest.vcpus} vCPUs, {_speed(network)} network, {where}",
    )


def too_small(types: Iterable[InstanceType]) -> tuple[str, ...]:
    """Types on which parallel pull does not pay; AL2023 skips it there by itself."""
    return tuple(item.name for item in types if item.vcpus < _MIN_VCPUS or item.memory_mib < _MIN_MEMORY_MIB)


def slow_volume(throughput: int | None) -> str | None:
    """Why a volume of so many MiB/s holds parallel pull back; None when it does not."""
    if (throughput or 0) >= MIN_THROUGHPUT:
        return None
    return f"the data volume gives {throughput or 125} MiB/s; parallel pull wants {MIN_THROUGHPUT} or more"


def _reached(step: _Step, vcpus: int, network: int, store: bool) -> bool:
    return vcpus >= step.vcpus and network >= step.network_mbps and (store or not step.store)


def _speed(mbps: int) -> str:
    return f"{mbps / 1000:g} Gbit/s" if mbps else "unknown"

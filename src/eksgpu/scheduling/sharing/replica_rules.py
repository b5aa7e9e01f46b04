"""Rules of time slicing and MPS: how many slices, how much memory each, and what the settings can express."""

from collections.abc import Iterator

from eksgpu.catalog import sharing
from eksgpu.units import Bytes

from .models import models_of
from .refusal import Refusal
from .slices import smallest_slice_bytes
from .wish import Host, Strategy, Wish


def replica_rules(wish: Wish, host: Host) -> Iterator[Refusal]:
    """What stands against slices made by software."""
    if wish.profile or wish.layouts:
        yield _two(wish)
    fewest = sharing.replicas()["min"]
    if wish.replicas < fewest:
        yield Refusal(
            "replicas", "replicas", f"{wish.replicas} slices of a GPU are no sharing", f"write replicas: {fewest}"
        )
        return
    yield from _mps(wish, host)
    yield from _memory(wish, host)
    yield from bottlerocket_release(wish, host)


def bottlerocket_release(wish: Wish, host: Host) -> Iterator[Refusal]:
    """A Bottlerocket that does not know the setting yet."""
    since = sharing.bottlerocket_since(wish.strategy)
    if host.bottlerocket and sharing.older(host.release, since):
        yield Refusal(
            "bottlerocket-old",
            "strategy",
            f"Bottlerocket {host.release} has no setting for {wish.strategy}; {since} is the first that has",
            f"take v{since} or a newer image, or os: al2023",
        )


def _two(wish: Wish) -> Refusal:
    if wish.strategy is Strategy.MPS:
        return Refusal(
            "mps-with-mig",
            "profile",
            "MPS serves whole GPUs alone; NVIDIA's device plugin refuses it on MIG instances",
            "choose strategy: mig, or leave profile out",
        )
    return Refusal(
        "two-strategies",
        "profile",
        "a node is either time-sliced or cut by MIG: EKS says that time slicing does nothing on MIG instances",
        "choose strategy: mig, or leave profile out",
    )


def _mps(wish: Wish, host: Host) -> Iterator[Refusal]:
    if wish.strategy is not Strategy.MPS:
        return
    for model in models_of(host):
        if not model.mps:
            yield Refusal(
                "no-mps", "strategy", f"{model.title} is too old for MPS in pods", "choose strategy: timeSlicing"
            )
    part = next((item for item in host.types if item.gpu_partition < 1), None)
    if part is not None:
        message = f"{part.name} has a fraction of a GPU, made by GRID vGPU; no source says that MPS works on it"
        yield Refusal("fraction", "strategy", message, "choose strategy: timeSlicing, or a type with whole GPUs")
    if wish.replicas > sharing.mps_clients():
        message = f"MPS serves at most {sharing.mps_clients()} clients of a GPU; {wish.replicas} slices asked for"
        yield Refusal("replicas", "replicas", message, f"write replicas: {sharing.mps_clients()} or fewer")
    if host.bottlerocket and not wish.fail_requests_greater_than_one:
        yield Refusal(
            "bottlerocket-mps",
            "failRequestsGreaterThanOne",
            "Bottlerocket's settings for MPS cannot turn failRequestsGreaterThanOne off",
            "leave it on, or use os: al2023",
        )


def _memory(wish: Wish, host: Host) -> Iterator[Refusal]:
    if wish.memory_per_slice is None:
        return
    least = min(host.types, key=lambda item: item.gpu_memory_mib)
    (has,) = smallest_slice_bytes(wish, least).values()
    if wish.memory_per_slice.count > has:
        fit = least.gpu_memory_mib * 2**20 // wish.memory_per_slice.count
        more = f"write replicas: {fit}, or choose" if fit >= sharing.replicas()["min"] else "choose"
        yield Refusal(
            "slice-memory",
            "memoryPerSlice",
            f"{wish.replicas} slices of {wish.memory_per_slice} each exceed the {least.gpu_memory_mib} MiB of a GPU of "
            f"{least.name}: a slice has {_gib(has)} GiB",
            f"{more} GPUs with more memory",
        )


def _gib(count: int) -> str:
    return f"{Bytes(count).in_gib:.1f}"

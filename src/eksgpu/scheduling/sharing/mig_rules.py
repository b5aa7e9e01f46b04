"""Rules of MIG: what the model can be cut into, whether a layout fits, and what each system can make of it."""

from collections.abc import Generator, Iterator

from eksgpu.catalog import gpu
from eksgpu.catalog.gpu import GpuModel
from eksgpu.catalog.mig import Geometry, Layout
from eksgpu.units import Bytes

from .models import models_of
from .refusal import Refusal
from .replica_rules import bottlerocket_release
from .slices import layouts, smallest_slice_bytes, uniform
from .wish import BALANCED, Host, Wish


def mig_rules(wish: Wish, host: Host) -> Iterator[Refusal]:
    """What stands against slices made by hardware."""
    if wish.replicas:
        yield Refusal(
            "two-strategies",
            "replicas",
            "replicas belong to time slicing and MPS; MIG makes as many slices as its profile says",
            "leave replicas out",
        )
    geometry = yield from _geometry(host)
    if geometry is None:
        return
    unknown = tuple(_unknown(wish, geometry))
    yield from unknown
    if unknown:
        return
    wrong = tuple(_layouts(wish, host, geometry))
    yield from wrong
    yield from _names(wish, host)
    if host.bottlerocket:
        yield from _bottlerocket(wish, geometry)
        yield from bottlerocket_release(wish, host)
    if not wrong:
        yield from _memory(wish, host)


def _geometry(host: Host) -> Generator[Refusal, None, Geometry | None]:
    """Yields refusals and returns the one geometry that all nodes have."""
    part = next((item for item in host.types if item.gpu_partition < 1), None)
    if part is not None:
        message = f"{part.name} has a fraction of a GPU, which MIG cannot cut further"
        yield Refusal("no-mig", "strategy", message, "choose strategy: timeSlicing")
        return None
    models = models_of(host)
    without = [model for model in models if not model.mig]
    for model in without:
        hint = f"choose strategy: timeSlicing or mps; MIG exists on {_cuttable()}"
        yield Refusal("no-mig", "strategy", f"{model.title} has no MIG", hint)
    if without:
        return None
    if len(models) > 1:
        yield _several(models)
        return None
    return models[0].geometry


def _title(geometry: Geometry) -> str:
    """As people call the model."""
    return next(model.title for model in gpu.named(geometry.gpu) if model.geometry == geometry)


def _cuttable() -> str:
    return ", ".join(dict.fromkeys(model.title.removeprefix("NVIDIA ") for model in gpu.models() if model.mig))


def _several(models: tuple[GpuModel, ...]) -> Refusal:
    titles = " and ".join(model.title for model in models)
    message = f"{titles} are cut differently, and one layout must hold for every node"
    return Refusal("several-models", "profile", message, "make a pool for each model")


def _unknown(wish: Wish, geometry: Geometry) -> Iterator[Refusal]:
    if wish.profile == BALANCED:
        if not geometry.balanced:
            message = f"NVIDIA ships no {BALANCED} layout for {_title(geometry)}"
            yield Refusal("unknown-profile", "profile", message, f"profiles are {', '.join(geometry.profiles)}")
        return
    named = [wish.profile] if wish.profile else [name for layout in wish.layouts for name in layout]
    for name in dict.fromkeys(named):
        if name not in geometry.profiles:
            message = f"{_title(geometry)} has no MIG profile {name}"
            yield Refusal("unknown-profile", "profile", message, f"profiles are {', '.join(geometry.profiles)}")
    if not named:
        hint = f"write profile: {next(iter(geometry.profiles))}, or {BALANCED}"
        yield Refusal("unknown-profile", "profile", "MIG needs to know which slices to make", hint)


def _layouts(wish: Wish, host: Host, geometry: Geometry) -> Iterator[Refusal]:
    counts = {item.gpu_count for item in host.types}
    if len(wish.layouts) > 1 and counts != {len(wish.layouts)}:
        have = " or ".join(str(count) for count in sorted(counts))
        message = f"{len(wish.layouts)} layouts are given, one for each GPU, and the nodes have {have} GPUs"
        yield Refusal("impossible-layout", "profile", message, "give one layout, which then holds for every GPU")
        return
    for layout in dict.fromkeys(tuple(sorted(one.items())) for one in layouts(wish, geometry, max(counts))):
        if not any(count for _, count in layout):
            yield Refusal("impossible-layout", "profile", "a layout without slices", "give each GPU a slice")
        elif geometry.placed(dict(layout)) is None:
            yield _does_not_fit(dict(layout), geometry)


def _does_not_fit(layout: Layout, geometry: Geometry) -> Refusal:
    written = " + ".join(f"{count} x {name}" for name, count in layout.items() if count)
    over = next((name for name, count in layout.items() if count > geometry.profiles[name].most), None)
    compute = sum(geometry.profiles[name].compute * count for name, count in layout.items())
    if over is not None:
        why = f"at most {geometry.profiles[over].most} x {over} fit"
    elif compute > geometry.compute_slices:
        why = f"they need {compute} compute slices of {geometry.compute_slices}"
    else:
        why = "their memory slices overlap wherever they start"
    message = f"{written} do not fit on one {_title(geometry)}: {why}"
    balanced = " + ".join(f"{count} x {name}" for name, count in geometry.balanced.items())
    return Refusal("impossible-layout", "profile", message, f"{balanced} fit" if balanced else "ask for fewer")


def _names(wish: Wish, host: Host) -> Iterator[Refusal]:
    if wish.rename or uniform(wish) or host.bottlerocket:
        return
    yield Refusal(
        "mixed-unnamed",
        "rename",
        "slices of several sizes cannot all be called nvidia.com/gpu",
        "write rename: true; pods then ask for nvidia.com/mig-…, one name for each size",
    )


def _bottlerocket(wish: Wish, geometry: Geometry) -> Iterator[Refusal]:
    if wish.rename or not uniform(wish):
        yield Refusal(
            "bottlerocket-mixed",
            "rename" if wish.rename else "profile",
            "Bottlerocket knows MIG's strategy `single` alone: one profile on every GPU, called nvidia.com/gpu",
            "use os: al2023, or one profile without rename",
        )
        return
    if not geometry.bottlerocket_key:
        message = f"Bottlerocket's settings know no MIG for {_title(geometry)}"
        yield Refusal("bottlerocket-model", "strategy", message, "use os: al2023")
        return
    profile = wish.profile or next(iter(wish.layouts[0]))
    if profile not in geometry.bottlerocket_profiles:
        known = ", ".join(name for name in geometry.profiles if name in geometry.bottlerocket_profiles)
        message = f"Bottlerocket's settings do not accept {profile} for {geometry.bottlerocket_key}"
        yield Refusal("bottlerocket-profile", "profile", message, f"use {known}, or os: al2023")
    elif wish.layouts and wish.layouts[0][profile] != geometry.profiles[profile].most:
        message = f"Bottlerocket cuts a GPU into as many {profile} as fit ({geometry.profiles[profile].most})"
        yield Refusal("bottlerocket-profile", "profile", message, f"write profile: {profile}, or use os: al2023")


def _memory(wish: Wish, host: Host) -> Iterator[Refusal]:
    if wish.memory_per_slice is None:
        return
    for resource, has in smallest_slice_bytes(wish, host.types[0]).items():
        if wish.memory_per_slice.count > has:
            name = resource.partition("mig-")[2]
            message = f"a slice shall have {wish.memory_per_slice}, and {name} has {Bytes(has).count // 10**9} GB"
            yield Refusal("slice-memory", "memoryPerSlice", message, "choose a larger profile")

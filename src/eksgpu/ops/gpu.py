"""`gpu list`, `gpu show`, `gpu recommend`: which accelerated instance types there are, and what they are good for.

Answered from the catalogue alone; only the zones of a region are asked of EC2. Rows 001-06 and 001-07.
"""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from eksgpu.catalog import gpu, instance
from eksgpu.catalog.accelerator import accelerators
from eksgpu.catalog.purpose import families, recommendations
from eksgpu.errors import UsageError
from eksgpu.units import Bytes

from .gpu_report import Advice, GpuAdvice, GpuList, GpuShow
from .gpu_row import GpuRow, retired_row, row, rows
from .options import Options

if TYPE_CHECKING:
    from .connect import Connector


@dataclass(frozen=True)
class Wanted:
    """What a list is narrowed to; everything unset does not matter. Without `families` it lists NVIDIA's GPUs alone.

    count:    devices of one instance, exactly.
    capacity: `on-demand`, `spot` or `capacity-block`: it must be sold so.
    """

    families: tuple[str, ...] = ()
    min_memory: Bytes | None = None
    bf16: bool = False
    fp8: bool = False
    count: int | None = None
    capacity: tuple[str, ...] = ()

    def admits(self, one: GpuRow) -> bool:
        """Does a type fit?"""
        if one.family not in self.families and (self.families or one.device in accelerators()):
            return False
        if self.min_memory is not None and one.memory_gb * 10**9 < self.min_memory.count:
            return False
        if (self.bf16 and not one.bf16) or (self.fp8 and not one.fp8):
            return False
        return self.count in (None, one.count) and set(self.capacity) <= set(one.usage)


def gpu_list(wanted: Wanted, options: Options, *, connector: "Connector | None" = None) -> GpuList:
    """The types that fit, family by family as named, the cheapest first; of a region, those that it offers.

    Raises UsageError for a family that does not exist.
    """
    for family in wanted.families:
        if family not in families():
            raise UsageError(
                f'no accelerated family is named "{family}"', hint=f"families are {', '.join(sorted(families()))}"
            )
    found = sorted((one for one in rows() if wanted.admits(one)), key=_order)
    found = [one for family in wanted.families for one in found if one.family == family] or found
    if options.region is None and not options.sandbox:
        return GpuList(tuple(found), bool(wanted.families))
    from .gpu_zones import zones

    region, offered = zones([one.type for one in found], options, connector)
    placed = [replace(one, zones=offered[one.type]) for one in found]
    there = tuple(one for one in placed if one.zones or one.stand_ins)
    return GpuList(there, bool(wanted.families), region, tuple(one.type for one in placed if one not in there))


def gpu_show(name: str) -> GpuShow:
    """All about an instance type, a family, a GPU model or an accelerator. Raises UsageError where it is none."""
    every = list(rows())
    wanted = name.strip().lower().removeprefix("ml.")
    for one in every:
        if one.type == wanted:
            return GpuShow(wanted, tuple(_models(one)), (one,), families()[one.family])
    if wanted in families():
        of_it = sorted((one for one in every if one.family == wanted), key=_order)
        return GpuShow(wanted, tuple(_models(*of_it)), tuple(of_it), families()[wanted])
    device = wanted if wanted in accelerators() else gpu.canonical(name)
    if device is None:
        near = instance.closest(wanted) if "." in wanted else gpu.closest(wanted)
        raise UsageError(
            f'no instance type, family or GPU is named "{name}"',
            hint=f"did you mean {near}?" if near else f"GPUs are {', '.join(gpu.names())}",
        )
    carrying = sorted((one for one in every if one.device == device), key=_order)
    return GpuShow(device, gpu.named(device), tuple(carrying), None)


def gpu_recommend(purpose: str | None = None) -> GpuAdvice:
    """What to take for a purpose, or for each. Raises UsageError for a purpose without advice."""
    known = recommendations()
    if purpose is not None and purpose not in known:
        raise UsageError(f'there is no advice for "{purpose}"', hint=f"purposes are {', '.join(known)}")
    return GpuAdvice(tuple(_advice(one) for one in known if purpose in (None, one)))


def _advice(purpose: str) -> Advice:
    named = recommendations()[purpose]
    gone = instance.retired().get(named.type)
    if gone is None:
        return Advice(purpose, _row(named.type), named.capacity, named.why)
    first, *others = gone.stand_ins
    return Advice(purpose, _row(first), named.capacity, named.why, retired_row(gone), tuple(map(_row, others)))


def _row(name: str) -> GpuRow:
    return row(instance.instances()[name])


def _models(*carrying: GpuRow) -> list[gpu.GpuModel]:
    known = instance.instances()
    found = (gpu.of_type(known[one.type]) if one.type in known else _retired_model(one) for one in carrying)
    return list(dict.fromkeys(model for model in found if model is not None))


def _retired_model(one: GpuRow) -> gpu.GpuModel:
    """The same chip as it was sold then."""
    gone = instance.retired()[one.type]
    return replace(gpu.named(one.device)[0], memory_mib=gone.gpu_memory_mib, marketed_gb=gone.gpu_memory_mib // 1024)


def _order(one: GpuRow) -> tuple[bool, float, str]:
    """By price; what has none comes last."""
    return one.usd_per_hour is None, one.usd_per_hour or 0.0, one.type

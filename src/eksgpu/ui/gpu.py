"""Accelerated instance types in tables: list, one of them in full, and what to take for a purpose."""

from collections.abc import Iterable, Iterator, Sequence

from eksgpu.catalog.gpu import GpuModel
from eksgpu.catalog.mig import Profile
from eksgpu.catalog.purpose import families
from eksgpu.ops.gpu_report import Advice, GpuAdvice, GpuList, GpuShow
from eksgpu.ops.gpu_row import GpuRow, price_note

from .look import Look, Style
from .table import table
from .words import hourly, many, number

_HEAD = ("type", "GPUs", "GB each", "vCPU", "GiB", "Gbps", "sold as", "$/h", "$/h GPU", "$/h GB")
_HOST = ("vCPU", "GiB", "Gbps")
_RIGHT = ("GB each", *_HOST, "$/h", "$/h GPU", "$/h GB")


def gpu_list_view(report: GpuList, look: Look) -> list[str]:
    """The table, then what its numbers are."""
    lines = list(_by_family(report, look)) or [look.paint("No instance type fits.", Style.BOLD)]
    if report.elsewhere:
        lines += look.wrap(f"Not offered in {report.region}: {', '.join(report.elsewhere)}.")
    return [*lines, "", *look.wrap(price_note())]


def _by_family(report: GpuList, look: Look) -> Iterator[str]:
    """One table; one for each family where families were named."""
    if not report.by_family:
        yield from types_view(report.rows, look) if report.rows else ()
        return
    for position, family in enumerate(dict.fromkeys(row.family for row in report.rows)):
        of_it = [row for row in report.rows if row.family == family]
        yield from [""] * bool(position)
        yield from look.wrap(f"{family}: {families()[family].use}")
        yield from types_view(of_it, look)
        yield from _retired(of_it, look)


def types_view(rows: Sequence[GpuRow], look: Look) -> list[str]:
    """Instance types, one a line; where zones are known they take the place of the host's own figures."""
    zones = any(row.zones is not None for row in rows)
    left_out = _HOST if zones else ()
    kept = [column for column, name in enumerate(_HEAD) if name not in left_out]
    head = [_HEAD[column] for column in kept] + ["zones"] * zones
    body = [[_cells(row)[column] for column in kept] + [", ".join(_letters(row))] * zones for row in rows]
    right = [position for position, name in enumerate(head) if name in _RIGHT]
    return [
        look.paint(many(len(rows), "instance type"), Style.BOLD),
        *table(body, look, header=head, right=right, flexible=head.index("sold as")),
    ]


def gpu_show_view(report: GpuShow, look: Look) -> list[str]:
    """One name in full."""
    lines: list[str] = []
    if report.family:
        lines += [look.paint(report.family.name, Style.BOLD), *_fields(_family_facts(report), look), ""]
    for model in report.models:
        lines += [*_model(model, look), ""]
    lines += types_view(report.rows, look)
    lines += _retired(report.rows, look)
    return [*lines, "", *look.wrap(price_note())]


def gpu_advice_view(report: GpuAdvice, look: Look) -> list[str]:
    """For each purpose: the type, how to buy it, why."""
    lines: list[str] = []
    for one in report.advice:
        lines += [look.paint(f"{one.purpose}: {one.row.type}", Style.BOLD), *_fields(_advice_facts(one), look), ""]
    return [*lines, *look.wrap(price_note())]


def _cells(row: GpuRow) -> tuple[str, ...]:
    return (
        row.type,
        f"{number(row.count * row.part)} x {row.device}",
        number(round(row.memory_gb, 1)),
        str(row.vcpus),
        number(row.memory_gib),
        "?" if row.network_gbps is None else f"{'≤' if row.burst else ''}{number(row.network_gbps)}",
        ", ".join(row.usage) or "retired",
        _usd(row.usd_per_hour),
        _usd(row.usd_per_device),
        _usd(row.usd_per_gb),
    )


def _usd(usd: float | None) -> str:
    return "?" if usd is None else hourly(usd).removeprefix("$")


def _letters(row: GpuRow) -> Iterator[str]:
    """`a` of `us-west-2a`; a local zone by its whole name."""
    for zone in row.zones or ():
        yield zone[-1] if zone[-2].isdigit() and zone.count("-") == 2 else zone


def _retired(rows: Iterable[GpuRow], look: Look) -> list[str]:
    lines: list[str] = []
    for row in rows:
        if row.stand_ins:
            text = f"{row.type} is retired: {row.why_retired}. Instead: {', '.join(row.stand_ins)}."
            lines += look.wrap(text, "  ", "    ")
    return lines


def _family_facts(report: GpuShow) -> dict[str, str]:
    assert report.family is not None
    facts = {"use": report.family.use, "good for": "; ".join(report.family.jobs)}
    return facts | ({"successor": report.family.successor} if report.family.successor else {})


def _model(model: GpuModel, look: Look) -> list[str]:
    able = [name for name, has in (("bf16", model.bf16), ("fp8", model.fp8)) if has]
    shared = ["time slicing", *(name for name, has in (("MPS", model.mps), ("MIG", model.mig)) if has)]
    capability = ".".join(map(str, model.compute))
    facts = {
        "memory": f"{model.marketed_gb} GB ({model.memory_mib} MiB)",
        "architecture": f"{model.architecture}, compute capability {capability}",
        "computes in": ", ".join(("fp32", "fp16", *able)),
        "shared by": ", ".join(shared),
    }
    if model.speed:
        facts["speed"] = f"up to {number(model.speed.times)} x {model.speed.than}, as its vendor says"
    if model.note:
        facts["note"] = model.note
    lines = [look.paint(model.title, Style.BOLD), *_fields(facts, look)]
    geometry = model.geometry
    if geometry is None:
        return lines
    places = "" if geometry.documented else " (where they start: by analogy)"
    head = ("MIG profile", "most", "GB", "compute", "memory", "starts at", "Bottlerocket")
    rows = [_profile(one, one.name in geometry.bottlerocket_profiles) for one in geometry.profiles.values()]
    slices = f"{geometry.compute_slices} compute and {geometry.memory_slices} memory slices{places}"
    return [*lines, f"  MIG: {slices}", *table(rows, look, header=head, right=(1, 2, 3, 4), flexible=5)]


def _profile(one: Profile, bottlerocket: bool) -> tuple[str, ...]:
    starts = ", ".join(map(str, one.places))
    numbers = (one.most, one.memory_gb, one.compute, one.memory)
    return (one.name, *map(str, numbers), starts, "yes" if bottlerocket else "no")


def _advice_facts(one: Advice) -> dict[str, str]:
    cells = _cells(one.row)
    price = f"{hourly(one.row.usd_per_hour)} an hour on demand" if one.row.usd_per_hour else "no price known"
    facts = {
        "has": f"{cells[1]} with {cells[2]} GB each, {one.row.vcpus} vCPU, {cells[4]} GiB",
        "buy": ", then ".join(one.capacity),
        "price": f"{price} in us-east-1{'; spot is lower' if 'spot' in one.capacity else ''}",
        "why": one.why,
    }
    if one.instead_of:
        facts["instead of"] = f"{one.instead_of.type}: {one.instead_of.why_retired}"
        facts["or"] = ", ".join(f"{row.type} ({_usd(row.usd_per_hour)} $/h)" for row in one.others)
    return facts


def _fields(facts: dict[str, str], look: Look) -> list[str]:
    widest = max(map(len, facts))
    lines: list[str] = []
    for name, text in facts.items():
        lines += look.wrap(f"{name:<{widest}}  {text}", "  ", " " * (widest + 4))
    return lines

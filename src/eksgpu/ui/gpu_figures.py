"""How busy GPUs are and how full, node by node, as DCGM's exporter says it."""

from collections.abc import Iterator

from eksgpu.ops.dcgm_page import Reading
from eksgpu.ops.gpu_figures import GpuFigures

from .look import Look, Style
from .table import table

_HEAD = ("node", "GPU", "model", "busy", "memory", "pods")
_SHARED = (
    "Busy and memory are of the whole GPU: where its time is sliced, DCGM cannot split them by pods, and its exporter "
    "names one pod of those that share."
)
_UNKNOWN = "-"
_MIB_PER_GIB = 1024


def gpu_figures_view(figures: GpuFigures, look: Look, *, sandbox: bool) -> list[str]:
    """A table, a line for each node whose exporter did not answer, and what cannot be told apart."""
    rows = list(_rows(figures))
    lines = table(rows, look, header=_HEAD if rows else (), right=(1, 3, 4), flexible=5)
    for one in figures.nodes:
        if one.problem and not one.denied:
            lines += look.wrap(f"{one.node}: {one.problem}", "  ", "    ")
    if lines:
        whose = "simulated by the sandbox" if sandbox else "by DCGM, at this moment"
        lines.insert(0, look.paint(f"How busy GPUs are ({whose})", Style.BOLD))
    if figures.shared:
        lines += [look.paint(line, Style.DIM) for line in look.wrap(_SHARED, "  ")]
    if figures.denied:
        lines += look.wrap(f"How busy {'other ' if rows else ''}GPUs are is not shown: {figures.denied}.", "", "  ")
    return lines


def _rows(figures: GpuFigures) -> Iterator[tuple[str, ...]]:
    for one in figures.nodes:
        for gpu in one.gpus:
            model = gpu.model.removeprefix("NVIDIA ")
            model = f"{model}, MIG {gpu.profile}" if gpu.profile else model
            pods = ", ".join(gpu.pods) or _UNKNOWN
            yield one.node, str(gpu.gpu), model, _busy(gpu), _memory(gpu), pods


def _busy(gpu: Reading) -> str:
    return _UNKNOWN if gpu.busy is None else f"{gpu.busy:.0f}%"


def _memory(gpu: Reading) -> str:
    if gpu.used_mib is None or gpu.total_mib is None:
        return _UNKNOWN
    return f"{gpu.used_mib / _MIB_PER_GIB:.1f}/{gpu.total_mib / _MIB_PER_GIB:.0f} GiB"

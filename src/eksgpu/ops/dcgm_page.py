"""Reads the page that DCGM's exporter serves: use and memory of each GPU, or of each MIG instance, of one node.

Three metrics are read, strictly; the page has many more. It must not ask anybody. Source of names, labels and units:
NVIDIA/dcgm-exporter 4.8, internal/pkg/rendermetrics/render_metrics.go, etc/dcp-metrics-included.csv.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

BUSY, USED, FREE = "DCGM_FI_DEV_GPU_UTIL", "DCGM_FI_DEV_FB_USED", "DCGM_FI_DEV_FB_FREE"
RESERVED = "DCGM_FI_DEV_FB_RESERVED"  # not on every page; of the GPU's memory all the same
_METRICS = (BUSY, USED, FREE, RESERVED)
_LABEL = r'[A-Za-z_][A-Za-z0-9_]*="(?:[^"\\\n]|\\.)*"'
_SAMPLE = re.compile(rf"(?P<metric>\w+)\{{(?P<labels>(?:{_LABEL},?)*)\}} +(?P<value>\d+(?:\.\d+)?)(?: +\d+)?")
_NAME_ENDS = re.compile(r"[{\s]")
_PAIR = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')
_ESCAPE = re.compile(r"\\(.)")
Device = tuple[int, int]
"""A GPU by its index, and the MIG instance on it; -1 for the whole of it."""


@dataclass(frozen=True)
class Reading:
    """One GPU, or one MIG instance.

    gpu:      its index on the node. profile: the MIG profile, "" for a whole GPU.
    busy:     percent of time in which anything ran; None for a MIG instance, of which DCGM does not know it.
    used_mib, total_mib: memory, None where the page does not say.
    pods:     namespace/name of those that the exporter names.
    """

    gpu: int
    model: str
    profile: str
    busy: float | None
    used_mib: int | None
    total_mib: int | None
    pods: tuple[str, ...]


@dataclass(frozen=True)
class _Sample:
    metric: str
    labels: Mapping[str, str]
    value: float

    @property
    def device(self) -> Device:
        return int(self.labels["gpu"]), int(self.labels.get("GPU_I_ID", -1))

    @property
    def pod(self) -> str:
        name = self.labels.get("pod")
        return f"{self.labels.get('namespace', '')}/{name}" if name else ""


def readings(page: str) -> tuple[Reading, ...]:
    """Every GPU of a page, by index. Raises ValueError naming the line that is none of the exporter's."""
    by_device: dict[Device, list[_Sample]] = {}
    for sample in _samples(page):
        by_device.setdefault(sample.device, []).append(sample)
    return tuple(_reading(gpu, samples) for (gpu, _), samples in sorted(by_device.items()))


def _samples(page: str) -> Iterator[_Sample]:
    for number, line in enumerate(page.splitlines(), 1):
        if _NAME_ENDS.split(line, 1)[0] not in _METRICS:
            continue
        match = _SAMPLE.fullmatch(line.rstrip())
        labels = _labels(match["labels"]) if match else {}
        if match is None or not labels.get("gpu", "").isdecimal():
            raise ValueError(f"line {number} is no sample of DCGM's exporter: {line[:60]}")
        yield _Sample(match["metric"], labels, float(match["value"]))


def _labels(text: str) -> dict[str, str]:
    return {name: _ESCAPE.sub(_unescaped, value) for name, value in _PAIR.findall(text)}


def _unescaped(match: re.Match[str]) -> str:
    return "\n" if match[1] == "n" else match[1]


def _reading(gpu: int, samples: list[_Sample]) -> Reading:
    labels = samples[0].labels
    busy, used, free = (_value(samples, metric) for metric in (BUSY, USED, FREE))
    total = None if used is None or free is None else used + free + (_value(samples, RESERVED) or 0)
    return Reading(
        gpu=gpu,
        model=labels.get("modelName", ""),
        profile=labels.get("GPU_I_PROFILE", ""),
        busy=busy,
        used_mib=None if used is None else round(used),
        total_mib=None if total is None else round(total),
        pods=tuple(sorted({sample.pod for sample in samples} - {""})),
    )


def _value(samples: list[_Sample], metric: str) -> float | None:
    """The device's own figure. Told to name every pod that shares a GPU, the exporter repeats it for each."""
    of_metric = [sample for sample in samples if sample.metric == metric]
    whole = [sample.value for sample in of_metric if not sample.pod]
    return next(iter(whole or [sample.value for sample in of_metric]), None)

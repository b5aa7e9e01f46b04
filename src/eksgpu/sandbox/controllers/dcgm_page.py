"""The page that DCGM's exporter serves on a node, for GPUs that do not exist: made up from the pods that run there.

It says itself that it is simulated. Names, labels and units are the exporter's; the same pods give the same figures.
Source: NVIDIA/dcgm-exporter 4.8, internal/pkg/rendermetrics and transformation.
"""

import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from eksgpu.catalog.instance import InstanceType, instance
from eksgpu.scheduling.images import Image
from eksgpu.scheduling.labels import INSTANCE_TYPE
from eksgpu.scheduling.pod import pod as parsed
from eksgpu.scheduling.resources import amounts

from .client import Object
from .gpu_boot import instances_of, settings_of
from .nvidia_smi import DRIVER, title_of
from .plugin_resources import cut_by_settings

_IMAGE, _PORT, _PATH = "dcgm-exporter", 9400, "/metrics"
_DOMAIN = "nvidia.com/"
_HEAD = "# SIMULATED by the eksgpu sandbox: there is no GPU here.\n"
_METRICS = (
    ("DCGM_FI_DEV_GPU_UTIL", "GPU utilization (in %)."),
    ("DCGM_FI_DEV_FB_FREE", "Framebuffer memory free (in MiB)."),
    ("DCGM_FI_DEV_FB_USED", "Framebuffer memory used (in MiB)."),
    ("DCGM_FI_DEV_FB_RESERVED", "Framebuffer memory reserved (in MiB)."),
)
_RESERVED_SHARE = 40  # the driver keeps about a fortieth


@dataclass
class _Device:
    """A GPU, or a MIG instance of one. `last` is the pod that the exporter names: of several that share, one."""

    gpu: int
    memory: int
    instance: int = -1
    profile: str = ""
    busy: int = 0
    used: int = 0
    pods: int = 0
    last: tuple[str, str, str] | None = None

    def take(self, pod: Object, slices: int) -> None:
        """One more pod works here. `slices`: how many the device is cut into."""
        meta = pod["metadata"]
        luck = zlib.crc32(f"{meta['namespace']}/{meta['name']}".encode())
        self.busy = min(100, self.busy + (40 + luck % 55) // slices)
        self.used += self.memory * (50 + luck % 40) // 100 // slices
        self.pods += 1
        self.last = (pod["spec"]["containers"][0]["name"], meta["namespace"], meta["name"])

    def value(self, metric: str) -> int | None:
        """None where DCGM has no such figure: it knows no utilisation of MIG instances."""
        reserved = self.memory // _RESERVED_SHARE
        if metric == "DCGM_FI_DEV_GPU_UTIL":
            return None if self.profile else self.busy
        if metric == "DCGM_FI_DEV_FB_USED":
            return self.used
        return reserved if metric == "DCGM_FI_DEV_FB_RESERVED" else self.memory - self.used - reserved


def serves_metrics(pod: Object, port: int, path: str) -> bool:
    """Is this a running exporter, and that its page?"""
    images = [Image.parse(str(one["image"])).short for one in pod["spec"]["containers"]]
    return _running(pod) and _IMAGE in images and (port, path) == (_PORT, _PATH)


def metrics_page(node: Object, pods: Iterable[Object]) -> str:
    """The page of a node on which these pods are."""
    item = instance((node["metadata"].get("labels") or {}).get(INSTANCE_TYPE, ""))
    if item is None or not item.gpu_name:
        return _HEAD
    devices = _devices(item, instances_of(node) or cut_by_settings(settings_of(node), item))
    offered = sum(count for name, count in amounts(node["status"].get("allocatable")).items() if _is_gpu(name))
    slices = max(1, offered // len(devices))
    working = sorted(filter(_running, pods), key=lambda pod: (pod["metadata"]["namespace"], pod["metadata"]["name"]))
    for pod in working:
        for _ in range(sum(count for name, count in parsed(pod).requests.items() if _is_gpu(name))):
            min(devices, key=lambda device: device.pods).take(pod, slices)  # the plugin spreads them
    return _HEAD + "".join(_lines(devices, title_of(item), str(node["metadata"]["name"])))


def _devices(item: InstanceType, cut: Mapping[str, int]) -> Sequence[_Device]:
    memory = int(item.gpu_memory_mib or 0)
    if not cut:
        return [_Device(gpu, memory) for gpu in range(item.gpu_count)]
    held = [0] * item.gpu_count
    devices = []
    for profile, count in sorted(cut.items()):
        for number in range(count):
            gpu = number % item.gpu_count
            size = int(profile.partition(".")[2].partition("gb")[0]) * 1024
            devices.append(_Device(gpu, size, held[gpu], profile))
            held[gpu] += 1
    return devices


def _lines(devices: Sequence[_Device], title: str, node: str) -> Iterator[str]:
    for metric, words in _METRICS:
        yield f"# HELP {metric} {words}\n# TYPE {metric} gauge\n"
        for device in sorted(devices, key=lambda one: (one.gpu, one.instance)):
            value = device.value(metric)
            if value is not None:
                yield f"{metric}{{{_labels(device, title, node)}}} {value}\n"


def _labels(device: _Device, title: str, node: str) -> str:
    labels = {
        "gpu": str(device.gpu),
        "UUID": f"GPU-simulated-{device.gpu}",
        "pci_bus_id": f"00000000:{0x53 + device.gpu:02X}:00.0",
        "device": f"nvidia{device.gpu}",
        "modelName": title,
    }
    if device.profile:
        labels |= {"GPU_I_PROFILE": device.profile, "GPU_I_ID": str(device.instance)}
    labels |= {"hostname": node, "DCGM_FI_DRIVER_VERSION": DRIVER}
    if device.last is not None:
        labels |= dict(zip(("container", "namespace", "pod"), device.last, strict=True))
    return ",".join(f'{name}="{value}"' for name, value in labels.items())


def _running(pod: Object) -> bool:
    return (pod.get("status") or {}).get("phase") == "Running"


def _is_gpu(resource: str) -> bool:
    return resource.startswith(_DOMAIN)

"""NVIDIA's device plugin: a Ready node with GPUs advertises them, on Bottlerocket by itself, else through a pod of it.

Row 000-13. A node that no plugin runs on has GPUs that nobody can ask for, as on AWS.
"""

from eksgpu.catalog.instance import instance
from eksgpu.scheduling.images import Image
from eksgpu.scheduling.labels import INSTANCE_TYPE, whole_gpus
from eksgpu.scheduling.resources import NVIDIA_GPU

from .client import NODE, Object
from .conditions import holds
from .setting import Setting

_LABEL, _IMAGE = "nvidia-device-plugin-ds", "k8s-device-plugin"


class DevicePlugins:
    """The plugins of all nodes."""

    def __init__(self, setting: Setting) -> None:
        self._in = setting
        self._nodes = setting.view.nodes.subscribe()
        self._pods = setting.view.pods.subscribe()

    def step(self) -> bool:
        """Advertise what is there; was anything changed?"""
        changed = [self._advertise(name) for name in sorted(self._touched())]
        return any(changed)

    def _touched(self) -> set[str]:
        """Nodes that changed, or on which a plugin's pod did."""
        view = self._in.view
        names = {name for _, name in self._nodes}
        pods = (view.pods.at(at) for at in self._pods)
        names |= {str(pod["spec"].get("nodeName")) for pod in pods if pod is not None and _is_plugin(pod)}
        self._nodes.clear()
        self._pods.clear()
        return names

    def _advertise(self, name: str) -> bool:
        node = self._in.view.nodes.get(name)
        if node is None or not holds(node, "Ready"):
            return False
        item = instance((node["metadata"].get("labels") or {}).get(INSTANCE_TYPE, ""))
        gpus = whole_gpus(item) if item is not None else 0
        if not gpus or NVIDIA_GPU in node["status"]["allocatable"] or not self._runs_on(node):
            return False
        devices = {NVIDIA_GPU: str(gpus)}
        self._in.view.patch(NODE, node, {"status": {"capacity": devices, "allocatable": devices}}, subresource="status")
        return True

    def _runs_on(self, node: Object) -> bool:
        if node["status"]["nodeInfo"]["osImage"].startswith("Bottlerocket"):
            return True
        pods = self._in.view.pods_on(node["metadata"]["name"])
        return any(_is_plugin(pod) and (pod.get("status") or {}).get("phase") == "Running" for pod in pods)


def _is_plugin(pod: Object) -> bool:
    if (pod["metadata"].get("labels") or {}).get("name") == _LABEL:
        return True
    return any(Image.parse(container["image"]).short == _IMAGE for container in pod["spec"]["containers"])

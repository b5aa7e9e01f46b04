"""NVIDIA's device plugin: a Ready node with GPUs advertises them, on Bottlerocket by itself, else through a pod of it.

Row 000-13. A node that no plugin runs on has GPUs that nobody can ask for, as on AWS. What it advertises follows from
the configuration that the node's label selects or the pod itself mounts, or from Bottlerocket's settings. Once the
plugin is gone, the kubelet shows none of what it advertised.
"""

from typing import Any

from ruamel.yaml import YAML

from eksgpu.catalog.instance import InstanceType, instance
from eksgpu.scheduling.images import Image
from eksgpu.scheduling.labels import INSTANCE_TYPE
from eksgpu.scheduling.resources import NVIDIA_GPU

from .allocation import ONE_A_CONTAINER
from .client import CONFIG_MAP, NODE, Object
from .conditions import holds
from .gpu_boot import instances_of, settings_of
from .plugin_resources import Devices, by_file, by_settings, one_by_file, one_by_settings
from .setting import Setting

_LABEL, _IMAGE = "nvidia-device-plugin-ds", "k8s-device-plugin"
_SELECTOR, _DEFAULT = "nvidia.com/device-plugin.config", "default"


class DevicePlugins:
    """The plugins of all nodes."""

    def __init__(self, setting: Setting) -> None:
        self._in = setting
        self._nodes = setting.view.nodes.subscribe()
        self._pods = setting.view.pods.subscribe()
        self._ran_on: dict[tuple[str, str], str] = {}

    def step(self) -> bool:
        """Advertise what is there; was anything changed?"""
        changed = [self._advertise(name) for name in sorted(self._touched())]
        return any(changed)

    def _touched(self) -> set[str]:
        """Nodes that changed, or on which a pod of the plugin or of MPS did."""
        view = self._in.view
        names = {name for _, name in self._nodes}
        for at in self._pods:
            pod = view.pods.at(at)
            if pod is not None and _is_nvidia(pod):
                self._ran_on[at] = str(pod["spec"].get("nodeName"))
                names.add(self._ran_on[at])
            elif pod is None and at in self._ran_on:
                names.add(self._ran_on.pop(at))
        self._nodes.clear()
        self._pods.clear()
        return names

    def _advertise(self, name: str) -> bool:
        node = self._in.view.nodes.get(name)
        if node is None or not holds(node, "Ready"):
            return False
        item = instance((node["metadata"].get("labels") or {}).get(INSTANCE_TYPE, ""))
        if item is None or not item.gpu_name:
            return False
        devices, one = self._devices(node, item) or ({}, False)
        shown = {key: value for key, value in node["status"]["allocatable"].items() if key.startswith("nvidia.com/")}
        # A resource that is not advertised any more stays, with none of it: the kubelet forgets no name.
        wanted = {**dict.fromkeys(shown, "0"), **{key: str(count) for key, count in devices.items()}}
        if wanted == shown:
            return False
        marked = {"metadata": {"annotations": {ONE_A_CONTAINER: ",".join(devices) if one else None}}}
        self._in.view.patch(NODE, node, marked)
        self._in.view.patch(NODE, node, {"status": {"capacity": wanted, "allocatable": wanted}}, subresource="status")
        return True

    def _devices(self, node: Object, item: InstanceType) -> tuple[Devices, bool] | None:
        """Devices, and whether a container may have but one; None where no plugin runs, or where it waits."""
        if node["status"]["nodeInfo"]["osImage"].startswith("Bottlerocket"):
            told = settings_of(node)
            return by_settings(told, item), one_by_settings(told)
        pods = [pod for pod in self._in.view.pods_on(node["metadata"]["name"]) if _is_nvidia(pod) and _running(pod)]
        running = next((pod for pod in pods if _is_plugin(pod)), None)
        if running is None:
            return None
        source = _source(running)
        if source is None:
            return {NVIDIA_GPU: item.gpu_count}, False
        own = next((one["key"] for one in source.get("items") or ()), None)  # else config-manager goes by the label
        key = own or (node["metadata"].get("labels") or {}).get(_SELECTOR) or _DEFAULT
        chosen = self._configs(running, source["name"]).get(key)
        if chosen is None:  # config-manager fails, and the plugin behind it never starts
            return None
        config = YAML(typ="safe").load(chosen) or {}
        if (config.get("sharing") or {}).get("mps") and all(_is_plugin(pod) for pod in pods):
            return None  # the plugin waits for the control daemon
        return by_file(config, item.gpu_count, instances_of(node)), one_by_file(config)

    def _configs(self, plugin: Object, name: str) -> dict[str, str]:
        """The files of a config map; empty where it is not there."""
        namespace = plugin["metadata"]["namespace"]
        listed, _ = self._in.view.client.list(CONFIG_MAP.api_version, CONFIG_MAP.kind, namespace)
        found = (one for one in listed if (one["metadata"]["namespace"], one["metadata"]["name"]) == (namespace, name))
        return next((dict(one.get("data") or {}) for one in found), {})


def _source(plugin: Object) -> dict[str, Any] | None:
    """The config map that the pod mounts; None where it mounts none."""
    volumes: list[dict[str, Any]] = plugin["spec"].get("volumes") or []
    return next((one["configMap"] for one in volumes if "configMap" in one), None)


def _is_plugin(pod: Object) -> bool:
    return _is_nvidia(pod) and not any("mps-control-daemon" in command for command in _commands(pod))


def _is_nvidia(pod: Object) -> bool:
    """A pod of the plugin, or of MPS's control daemon, which runs the same image."""
    if (pod["metadata"].get("labels") or {}).get("name") == _LABEL:
        return True
    return any(Image.parse(one["image"]).short == _IMAGE for one in pod["spec"]["containers"])


def _commands(pod: Object) -> list[list[str]]:
    return [one.get("command") or [] for one in pod["spec"]["containers"]]


def _running(pod: Object) -> bool:
    return (pod.get("status") or {}).get("phase") == "Running"

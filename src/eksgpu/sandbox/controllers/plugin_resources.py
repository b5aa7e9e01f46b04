"""What a device plugin advertises under a configuration: whole GPUs, slices, or MIG instances.

As NVIDIA's plugin reads its file and Bottlerocket its settings, defaults included, whoever wrote them. It must not know
how this program writes them.
"""

from collections.abc import Mapping
from typing import Any

from eksgpu.catalog.instance import InstanceType
from eksgpu.catalog.mig import geometry
from eksgpu.scheduling.resources import NVIDIA_GPU

Devices = dict[str, int]


def by_file(config: Mapping[str, Any], gpus: int, cut: Mapping[str, int]) -> Devices:
    """config: the plugin's file; cut: MIG profile → instances on the node."""
    devices = _mig(str((config.get("flags") or {}).get("migStrategy") or "none"), gpus, cut)
    sharing = config.get("sharing") or {}
    for strategy in ("mps", "timeSlicing"):
        replicated = sharing.get(strategy)
        if replicated:
            return _replicated(devices, replicated.get("resources") or (), bool(replicated.get("renameByDefault")))
    return devices


def by_settings(settings: Mapping[str, Any], item: InstanceType) -> Devices:
    """settings: Bottlerocket's `kubelet-device-plugins.nvidia`; what they leave out has Bottlerocket's own defaults."""
    gpus = item.gpu_count
    if settings.get("enabled") is False:
        return {}
    if settings.get("device-partitioning-strategy") == "mig":
        return {NVIDIA_GPU: sum(cut_by_settings(settings, item).values()) or gpus}
    strategy = settings.get("device-sharing-strategy", "none")
    if strategy == "none":
        return {NVIDIA_GPU: gpus}
    given = settings.get(strategy) or {}
    entry = {"name": NVIDIA_GPU, "replicas": given.get("replicas", 2)}
    return _replicated({NVIDIA_GPU: gpus}, (entry,), bool(given.get("rename-by-default", True)))


def cut_by_settings(settings: Mapping[str, Any], item: InstanceType) -> dict[str, int]:
    """MIG profile → instances on a node of Bottlerocket; the largest profile where its model is not named. Empty where
    its GPUs are whole.
    """
    model = geometry(str(item.gpu_name), item.gpu_memory_mib)
    if settings.get("device-partitioning-strategy") != "mig" or model is None:
        return {}
    profiles = (settings.get("mig") or {}).get("profile") or {}
    written = str(profiles.get(model.bottlerocket_key, "1"))
    for profile in model.profiles.values():
        if written in (profile.name, str(profile.most)):  # by its name, or by how many one GPU holds
            return {profile.name: profile.most * item.gpu_count}
    return {}


def one_by_file(config: Mapping[str, Any]) -> bool:
    """Does the plugin refuse a container that asks for more than one slice?"""
    sharing = config.get("sharing") or {}
    if sharing.get("mps"):
        return bool(sharing["mps"].get("failRequestsGreaterThanOne", True))
    return bool((sharing.get("timeSlicing") or {}).get("failRequestsGreaterThanOne", False))


def one_by_settings(settings: Mapping[str, Any]) -> bool:
    """The same of Bottlerocket, which can say no otherwise for time slicing alone."""
    strategy = settings.get("device-sharing-strategy", "none")
    if strategy == "time-slicing":
        return bool((settings.get(strategy) or {}).get("fail-requests-greater-than-one", True))
    return str(strategy) == "mps"


def _mig(strategy: str, gpus: int, cut: Mapping[str, int]) -> Devices:
    if strategy == "none" or not cut:
        return {NVIDIA_GPU: gpus}
    if strategy == "single":
        return {NVIDIA_GPU: sum(cut.values())}
    return {f"nvidia.com/mig-{profile.replace('+', '.')}": count for profile, count in cut.items()}


def _replicated(devices: Devices, resources: Any, rename: bool) -> Devices:
    shared = dict(devices)
    for one in resources:
        name = str(one["name"]) if "/" in str(one["name"]) else f"nvidia.com/{one['name']}"
        if name in devices:
            del shared[name]
            shared[f"{name}.shared" if rename else name] = devices[name] * int(one["replicas"])
    return shared

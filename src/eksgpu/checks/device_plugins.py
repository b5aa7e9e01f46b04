"""Which DaemonSets are NVIDIA's device plugin, whoever made them, and what such a one is told."""

from collections.abc import Iterator
from typing import Any

from eksgpu.components.nvidia_plugin_pod import CONFIG_MAP
from eksgpu.scheduling.pod import containers
from eksgpu.scheduling.sharing.seen import Program
from eksgpu.scheduling.sharing.selection import SELECTOR

from .live_cluster import Object

_IMAGE = "k8s-device-plugin"
_OTHERS = {"mps-control-daemon", "config-manager"}
"""Programs of the same image that advertise nothing."""


def is_device_plugin(daemon_set: Object) -> bool:
    """Does it advertise GPUs?"""
    running = _spec(daemon_set).get("containers") or ()
    return any(_IMAGE in str(one.get("image")) and not _OTHERS & set(one.get("command") or ()) for one in running)


def program(daemon_set: Object) -> Program:
    """What a device plugin is told."""
    spec = _spec(daemon_set)
    volumes = [volume.get("configMap") or {} for volume in spec.get("volumes") or ()]
    env = dict(_env(spec))
    privileged = [_may_administer(one.get("securityContext") or {}) for one in spec.get("containers") or ()]
    return Program(
        configured=env.get("NODE_LABEL") == SELECTOR and any(one.get("name") == CONFIG_MAP for one in volumes),
        mig="NVIDIA_MIG_MONITOR_DEVICES" in env and any(privileged),
    )


def _spec(daemon_set: Object) -> dict[str, Any]:
    return dict(daemon_set["spec"]["template"]["spec"])


def _env(spec: Object) -> Iterator[tuple[str, Any]]:
    return ((entry["name"], entry.get("value")) for one in containers(spec) for entry in one.get("env") or ())


def _may_administer(security: Object) -> bool:
    added = (security.get("capabilities") or {}).get("add") or ()
    return bool(security.get("privileged")) or "SYS_ADMIN" in added

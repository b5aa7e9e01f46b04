"""MPS's control daemon, without which a plugin configured for MPS waits and advertises nothing.

Of our own nodes it runs only on those that say `nvidia.com/mps.capable`, which is part of what sharing by MPS puts on
them. Source: NVIDIA/k8s-device-plugin v0.20.0, chart.
"""

from typing import Any

from .nvidia_plugin_pod import CONFIG_FILE, SHARED_MEMORY, Nodes, daemon_set, mounts, node_name, variables

NAME = "nvidia-device-plugin-mps-control-daemon"
_MPS_CAPABLE = "nvidia.com/mps.capable"


def mps_control_daemon(
    image: str, digest: str, nodes: Nodes, *, name: str = NAME, label: str = "nvidia-mps-control-daemon"
) -> dict[str, Any]:
    """The DaemonSet. digest: of all configurations; a change restarts it. label: what its pods are called."""
    return daemon_set(
        name,
        {"name": label},
        nodes.also(**{_MPS_CAPABLE: "true"}),
        image=image,
        digest=digest,
        program="mps-control-daemon",
        container=_daemon(by_label=not nodes.config),
        signals="/usr/bin/mps-control-daemon",
        starts=[_shared_memory(image)],
        pod={"hostPID": True},  # clients of MPS are told apart by their processes
    )


def _shared_memory(image: str) -> dict[str, Any]:
    return {
        "name": "mps-control-daemon-mounts",
        "image": image,
        "command": ["mps-control-daemon", "mount-shm"],
        "securityContext": {"privileged": True},
        "volumeMounts": [{"name": "mps-root", "mountPath": "/mps", "mountPropagation": "Bidirectional"}],
    }


def _daemon(*, by_label: bool) -> dict[str, Any]:
    env = {
        "CONFIG_FILE": CONFIG_FILE,
        "NVIDIA_VISIBLE_DEVICES": "all",
        "NVIDIA_DRIVER_CAPABILITIES": "compute,utility",
    }
    seen = mounts(mps_shm=SHARED_MEMORY, mps_root="/mps", config="/config")
    return {
        "command": ["mps-control-daemon"],
        "env": [node_name(), *variables(env)],
        "securityContext": {"privileged": True},
        "volumeMounts": [*seen, *(mounts(available_configs="/available-configs") if by_label else ())],
    }

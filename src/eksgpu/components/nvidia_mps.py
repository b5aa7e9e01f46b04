"""MPS's control daemon, without which a plugin configured for MPS waits and advertises nothing.

Only on nodes that say `nvidia.com/mps.capable`, which is part of what sharing by MPS puts on them. Source:
NVIDIA/k8s-device-plugin v0.20.0, chart.
"""

from typing import Any

from .nvidia_plugin_pod import (
    NAMESPACE,
    SERVICE_ACCOUNT,
    SHARED_MEMORY,
    config_init,
    config_sidecar,
    gpu_nodes,
    volumes,
)

NAME = "nvidia-device-plugin-mps-control-daemon"
_POD_LABELS = {"name": "nvidia-mps-control-daemon"}


def mps_control_daemon(image: str, digest: str) -> dict[str, Any]:
    """The DaemonSet. digest: of all configurations; a change restarts it."""
    return {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": {"name": NAME, "namespace": NAMESPACE, "labels": _POD_LABELS},
        "spec": {
            "selector": {"matchLabels": _POD_LABELS},
            "updateStrategy": {"type": "RollingUpdate"},
            "template": {
                "metadata": {"labels": _POD_LABELS, "annotations": {"checksum/config": digest}},
                "spec": {
                    **gpu_nodes(**{"nvidia.com/mps.capable": "true"}),
                    "serviceAccountName": SERVICE_ACCOUNT,
                    "hostPID": True,  # clients of MPS are told apart by their processes
                    "initContainers": [_shared_memory(image), config_init("mps-control-daemon-init", image)],
                    "containers": [
                        _daemon(image),
                        config_sidecar("mps-control-daemon-sidecar", image, signals="/usr/bin/mps-control-daemon"),
                    ],
                    "volumes": volumes(),
                },
            },
        },
    }


def _shared_memory(image: str) -> dict[str, Any]:
    return {
        "name": "mps-control-daemon-mounts",
        "image": image,
        "command": ["mps-control-daemon", "mount-shm"],
        "securityContext": {"privileged": True},
        "volumeMounts": [{"name": "mps-root", "mountPath": "/mps", "mountPropagation": "Bidirectional"}],
    }


def _daemon(image: str) -> dict[str, Any]:
    node = {"name": "NODE_NAME", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}}
    env = {
        "CONFIG_FILE": "/config/config.yaml",
        "NVIDIA_VISIBLE_DEVICES": "all",
        "NVIDIA_DRIVER_CAPABILITIES": "compute,utility",
    }
    mounts = {
        "mps-shm": SHARED_MEMORY,
        "mps-root": "/mps",
        "config": "/config",
        "available-configs": "/available-configs",
    }
    return {
        "name": "mps-control-daemon-ctr",
        "image": image,
        "command": ["mps-control-daemon"],
        "env": [node, *({"name": name, "value": value} for name, value in env.items())],
        "securityContext": {"privileged": True},
        "volumeMounts": [{"name": name, "mountPath": path} for name, path in mounts.items()],
    }

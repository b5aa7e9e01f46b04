"""NVIDIA's device plugin on Amazon Linux 2023, under the names of NVIDIA's own static manifest. Row 001-03.

It runs where `nvidia.com/gpu.present` says so: never on CPU nodes, where it would crash, never on Bottlerocket, whose
own plugin would fight it for one socket. Each node's label selects its configuration, which is in place before the
plugin starts; a label without one keeps it from starting. Source: NVIDIA/k8s-device-plugin v0.20.0, manifest and chart.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.compat import StringIO

from eksgpu.catalog.image import images

from .nvidia_mps import mps_control_daemon
from .nvidia_plugin_pod import (
    CONFIG_MAP,
    MPS_ROOT,
    NAMESPACE,
    SERVICE_ACCOUNT,
    SHARED_MEMORY,
    config_init,
    config_sidecar,
    gpu_nodes,
    volumes,
)

NAME = "nvidia-device-plugin-daemonset"
POD_LABELS = {"name": "nvidia-device-plugin-ds"}
GPU_PRESENT = "nvidia.com/gpu.present"
"""Every AL2023 node group and pool with GPUs must carry it, shared or not."""
DEFAULT_KEY = "default"
_SOCKETS = "/var/lib/kubelet/device-plugins"


def nvidia_device_plugin(
    configs: Mapping[str, Mapping[str, Any]], *, version: str = "", mps: bool = False
) -> Iterator[dict[str, Any]]:
    """Manifests, in the order in which they are needed.

    configs: name → the plugin's configuration; `default` is the one of nodes without a label.
    version: of the plugin; the catalogue's when empty.
    mps:     some nodes share by MPS, whose control daemon must run beside the plugin.

    Raises ValueError without a default: nodes whose GPUs are not shared would have no plugin.
    """
    if DEFAULT_KEY not in configs:
        raise ValueError(f"no configuration is called {DEFAULT_KEY}")
    image = images()["nvidiaDevicePlugin"].reference(version)
    cut = any(config.get("flags", {}).get("migStrategy", "none") != "none" for config in configs.values())
    yield from _permissions()
    yield _config_map(configs)
    digest = hashlib.sha256(json.dumps(configs, sort_keys=True).encode()).hexdigest()[:16]
    yield _daemon_set(image, digest, cut=cut)
    if mps:
        yield mps_control_daemon(image, digest)


def _permissions() -> Iterator[dict[str, Any]]:
    """What reading the label of one's own node takes."""
    account = {"name": SERVICE_ACCOUNT, "namespace": NAMESPACE}
    yield {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": account}
    yield {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRole",
        "metadata": {"name": SERVICE_ACCOUNT},
        "rules": [{"apiGroups": [""], "resources": ["nodes"], "verbs": ["get", "list", "watch"]}],
    }
    yield {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": SERVICE_ACCOUNT},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": SERVICE_ACCOUNT},
        "subjects": [{"kind": "ServiceAccount", **account}],
    }


def _config_map(configs: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": CONFIG_MAP, "namespace": NAMESPACE},
        "data": {name: _yaml(config) for name, config in sorted(configs.items())},
    }


def _daemon_set(image: str, digest: str, *, cut: bool) -> dict[str, Any]:
    """digest: of all configurations. The plugin does not watch the config map, so a change must restart it."""
    return {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": {"name": NAME, "namespace": NAMESPACE, "labels": POD_LABELS},
        "spec": {
            "selector": {"matchLabels": POD_LABELS},
            "updateStrategy": {"type": "RollingUpdate"},
            "template": {
                "metadata": {"labels": POD_LABELS, "annotations": {"checksum/config": digest}},
                "spec": {
                    **gpu_nodes(),
                    "serviceAccountName": SERVICE_ACCOUNT,
                    "shareProcessNamespace": True,
                    "initContainers": [config_init("nvidia-device-plugin-init", image)],
                    "containers": [
                        _plugin(image, cut=cut),
                        config_sidecar("nvidia-device-plugin-sidecar", image, signals="nvidia-device-plugin"),
                    ],
                    "volumes": [*volumes(), _host("kubelet-device-plugins-dir", _SOCKETS, "Directory")],
                },
            },
        },
    }


def _plugin(image: str, *, cut: bool) -> dict[str, Any]:
    env = {
        "CONFIG_FILE": "/config/config.yaml",
        "MPS_ROOT": MPS_ROOT,
        "NVIDIA_VISIBLE_DEVICES": "all",
        "NVIDIA_DRIVER_CAPABILITIES": "compute,utility",
        **({"NVIDIA_MIG_MONITOR_DEVICES": "all"} if cut else {}),
    }
    mounts = {
        "kubelet-device-plugins-dir": _SOCKETS,
        "config": "/config",
        "mps-shm": SHARED_MEMORY,
        "mps-root": "/mps",
        "cdi-root": "/var/run/cdi",
    }
    unprivileged = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
    return {
        "name": "nvidia-device-plugin-ctr",
        "image": image,
        "command": ["nvidia-device-plugin"],
        "env": [{"name": name, "value": value} for name, value in env.items()],
        "securityContext": {"capabilities": {"add": ["SYS_ADMIN"]}} if cut else unprivileged,
        "volumeMounts": [{"name": name, "mountPath": path} for name, path in mounts.items()],
    }


def _host(name: str, path: str, kind: str) -> dict[str, Any]:
    return {"name": name, "hostPath": {"path": path, "type": kind}}


def _yaml(config: Mapping[str, Any]) -> str:
    text = StringIO()
    yaml = YAML()
    yaml.default_flow_style = False
    yaml.dump(json.loads(json.dumps(config)), text)
    return text.getvalue()

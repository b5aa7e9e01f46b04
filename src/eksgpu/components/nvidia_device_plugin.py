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
from eksgpu.engine.mark import short_name

from .nvidia_mps import mps_control_daemon
from .nvidia_plugin_pod import (
    AMAZON_LINUX,
    CONFIG_FILE,
    CONFIG_MAP,
    MPS_ROOT,
    NAMESPACE,
    SERVICE_ACCOUNT,
    SHARED_MEMORY,
    Nodes,
    daemon_set,
    host_path,
    mounts,
    variables,
)

NAME = "nvidia-device-plugin-daemonset"
POD_LABELS = {"name": "nvidia-device-plugin-ds"}
DEFAULT_KEY = "default"
_SOCKETS = "/var/lib/kubelet/device-plugins"
_NAME_LIMIT = 63
Configs = Mapping[str, Mapping[str, Any]]


def nvidia_device_plugin(
    configs: Configs, *, version: str = "", mps: bool = False, nodes: Nodes = AMAZON_LINUX
) -> Iterator[dict[str, Any]]:
    """Manifests, in the order in which they are needed.

    configs: name → the plugin's configuration; `default` is the one of nodes without a label.
    version: of the plugin; the catalogue's when empty.
    mps:     some nodes share by MPS, whose control daemon must run beside the plugin.
    nodes:   every node of ours, in a cluster that has others too.

    Raises ValueError without a default: nodes whose GPUs are not shared would have no plugin.
    """
    if DEFAULT_KEY not in configs:
        raise ValueError(f"no configuration is called {DEFAULT_KEY}")
    image = images()["nvidiaDevicePlugin"].reference(version)
    cut = any(config.get("flags", {}).get("migStrategy", "none") != "none" for config in configs.values())
    yield from _permissions()
    yield config_map(configs)
    yield _plugin(NAME, POD_LABELS, nodes, image, _digest(configs), cut=cut)
    if mps:
        yield mps_control_daemon(image, _digest(configs), nodes)


def config_map(configs: Configs) -> dict[str, Any]:
    """The file of each configuration."""
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": CONFIG_MAP, "namespace": NAMESPACE},
        "data": {name: _yaml(config) for name, config in sorted(configs.items())},
    }


def plugin_of_existing_nodes(
    name: str, labels: Mapping[str, str], key: str, config: Mapping[str, Any], *, version: str = "", mps: bool = False
) -> Iterator[dict[str, Any]]:
    """The plugin on nodes that are somebody else's: found by the labels that they have, told its configuration by its
    own DaemonSet, so that nothing need be written on them. The config map must have the configuration as `key`.
    """
    image, nodes = images()["nvidiaDevicePlugin"].reference(version), Nodes(labels, config=key)
    digest = _digest({key: config})
    if mps:
        daemon = mps_name(name)
        yield mps_control_daemon(image, digest, nodes, name=daemon, label=daemon)
    plugin = plugin_name(name)
    yield _plugin(plugin, {"name": plugin}, nodes, image, digest, cut=False)


def plugin_name(name: str) -> str:
    """The DaemonSet of existing nodes that the spec calls `name`."""
    return short_name(f"nvidia-device-plugin-on-{name}", _NAME_LIMIT)


def mps_name(name: str) -> str:
    """The same of MPS's control daemon."""
    return short_name(f"nvidia-mps-on-{name}", _NAME_LIMIT)


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


def _plugin(
    name: str, labels: Mapping[str, str], nodes: Nodes, image: str, digest: str, *, cut: bool
) -> dict[str, Any]:
    """cut: some GPUs are cut by MIG."""
    env = {
        "CONFIG_FILE": CONFIG_FILE,
        "MPS_ROOT": MPS_ROOT,
        "NVIDIA_VISIBLE_DEVICES": "all",
        "NVIDIA_DRIVER_CAPABILITIES": "compute,utility",
        **({"NVIDIA_MIG_MONITOR_DEVICES": "all"} if cut else {}),
    }
    unprivileged = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
    return daemon_set(
        name,
        labels,
        nodes,
        image=image,
        digest=digest,
        program="nvidia-device-plugin",
        container={
            "command": ["nvidia-device-plugin"],
            "env": variables(env),
            "securityContext": {"capabilities": {"add": ["SYS_ADMIN"]}} if cut else unprivileged,
            "volumeMounts": mounts(
                kubelet_device_plugins_dir=_SOCKETS,
                config="/config",
                mps_shm=SHARED_MEMORY,
                mps_root="/mps",
                cdi_root="/var/run/cdi",
            ),
        },
        signals="nvidia-device-plugin",
        volumes=[host_path("kubelet-device-plugins-dir", _SOCKETS, "Directory")],
        pod={} if nodes.config else {"shareProcessNamespace": True},  # for the sidecar's signals
    )


def _digest(configs: Configs) -> str:
    return hashlib.sha256(json.dumps(configs, sort_keys=True).encode()).hexdigest()[:16]


def _yaml(config: Mapping[str, Any]) -> str:
    text = StringIO()
    yaml = YAML()
    yaml.default_flow_style = False
    yaml.dump(json.loads(json.dumps(config)), text)
    return text.getvalue()

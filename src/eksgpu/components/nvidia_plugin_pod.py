"""What the device plugin's DaemonSet and that of MPS's control daemon have in common: which nodes they run on, and how
their pods find the configuration. Source: NVIDIA/k8s-device-plugin v0.20.0, chart and cmd/config-manager.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

NAMESPACE = "kube-system"
SERVICE_ACCOUNT = "nvidia-device-plugin"
CONFIG_MAP = "nvidia-device-plugin-configs"
MPS_ROOT = "/run/nvidia/mps"
SHARED_MEMORY = "/dev/shm"  # noqa: S108 - a mount in a container
GPU_PRESENT = "nvidia.com/gpu.present"
_SELECTOR = "nvidia.com/device-plugin.config"
_FILE = "config.yaml"
_DIRECTORY = "/config"
CONFIG_FILE = f"{_DIRECTORY}/{_FILE}"


@dataclass(frozen=True)
class Nodes:
    """Which nodes get a pod.

    labels: what a node must carry.
    one_of: requirements (`{key, operator, values}`) of which one must hold besides; empty where none is asked for.
    config: the configuration of all of them; "" where each node's own label names it.
    """

    labels: Mapping[str, str]
    one_of: tuple[Mapping[str, Any], ...] = ()
    config: str = ""

    def also(self, **labels: str) -> "Nodes":
        """Those among them that carry these labels too; nodes of somebody else's have none of ours."""
        return self if self.config else Nodes({**self.labels, **labels}, self.one_of)

    @property
    def affinity(self) -> dict[str, Any]:
        """Nodes of the GPU Operator's MIG manager and of Auto Mode have a plugin already."""
        every: list[Mapping[str, Any]] = [_in(key, value) for key, value in self.labels.items()]
        every.append({"key": "nvidia.com/mig.config", "operator": "DoesNotExist"})
        every.append({"key": "eks.amazonaws.com/compute-type", "operator": "NotIn", "values": ["auto"]})
        terms = [{"matchExpressions": [*every, one]} for one in self.one_of] or [{"matchExpressions": every}]
        return {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": terms}}}


AMAZON_LINUX = Nodes({GPU_PRESENT: "true"})
"""Every node of ours with NVIDIA's GPUs whose system has no plugin of its own."""


def daemon_set(
    name: str,
    labels: Mapping[str, str],
    nodes: Nodes,
    *,
    image: str,
    digest: str,
    program: str,
    container: Mapping[str, Any],
    signals: str,
    starts: Sequence[Mapping[str, Any]] = (),
    volumes: Sequence[Mapping[str, Any]] = (),
    pod: Mapping[str, Any],
) -> dict[str, Any]:
    """A DaemonSet of one of the two programs, whatever taints its nodes have.

    digest:  of all configurations. The programs do not watch the config map, so a change must restart them.
    program: how its containers are called: `program-ctr`, `program-init`, `program-sidecar`.
    signals: the process that is told when a node's label names another configuration.
    starts:  containers that come before everything else.
    pod:     more of the pods' spec.
    """
    follows = not nodes.config
    inits = [*starts, *([_config_manager(f"{program}-init", image)] if follows else ())]
    sidecars = [_config_manager(f"{program}-sidecar", image, signals=signals)] if follows else []
    return {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": {"name": name, "namespace": NAMESPACE, "labels": dict(labels)},
        "spec": {
            "selector": {"matchLabels": dict(labels)},
            "updateStrategy": {"type": "RollingUpdate"},
            "template": {
                "metadata": {"labels": dict(labels), "annotations": {"checksum/config": digest}},
                "spec": {
                    "priorityClassName": "system-node-critical",
                    "tolerations": [{"operator": "Exists"}],
                    "affinity": nodes.affinity,
                    **_account(follows=follows),
                    **pod,
                    **({"initContainers": inits} if inits else {}),
                    "containers": [{"name": f"{program}-ctr", "image": image, **container}, *sidecars],
                    "volumes": [*_volumes(nodes), *volumes],
                },
            },
        },
    }


def variables(values: Mapping[str, str]) -> list[dict[str, str]]:
    """An environment as Kubernetes has it."""
    return [{"name": name, "value": value} for name, value in values.items()]


def node_name() -> dict[str, Any]:
    """The variable that tells a pod its node."""
    return {"name": "NODE_NAME", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}}


def mounts(**paths: str) -> list[dict[str, Any]]:
    """Volumes by name, with `_` for `-`, and where they are seen."""
    return [{"name": name.replace("_", "-"), "mountPath": path} for name, path in paths.items()]


def host_path(name: str, path: str, kind: str = "") -> dict[str, Any]:
    """A folder of the node."""
    return {"name": name, "hostPath": {"path": path, **({"type": kind} if kind else {})}}


def _account(*, follows: bool) -> dict[str, Any]:
    """Who reads its node's label must be somebody; who reads none needs no credentials at all."""
    return {"serviceAccountName": SERVICE_ACCOUNT} if follows else {"automountServiceAccountToken": False}


def _volumes(nodes: Nodes) -> list[dict[str, Any]]:
    config: dict[str, Any] = {"name": "config", "emptyDir": {}}
    if nodes.config:
        config = {"name": "config", "configMap": {"name": CONFIG_MAP, "items": [{"key": nodes.config, "path": _FILE}]}}
    return [
        *([] if nodes.config else [{"name": "available-configs", "configMap": {"name": CONFIG_MAP}}]),
        config,
        host_path("mps-root", MPS_ROOT, "DirectoryOrCreate"),
        host_path("mps-shm", f"{MPS_ROOT}/shm"),
        host_path("cdi-root", "/var/run/cdi", "DirectoryOrCreate"),
    ]


def _config_manager(name: str, image: str, *, signals: str = "") -> dict[str, Any]:
    """Lays down the configuration that the node's label names. Without `signals` it does so once and ends; with it, it
    follows the label and tells that process of another one.
    """
    values = {
        "ONESHOT": str(not signals).lower(),
        "KUBECONFIG": "",
        "NODE_LABEL": _SELECTOR,
        "CONFIG_FILE_SRCDIR": "/available-configs",
        "CONFIG_FILE_DST": CONFIG_FILE,
        # No explicit default: `named` takes the one called `default`, for nodes without a label.
        "DEFAULT_CONFIG": "",
        "FALLBACK_STRATEGIES": "named",
        "SEND_SIGNAL": str(bool(signals)).lower(),
        "SIGNAL": "1" if signals else "",
        "PROCESS_TO_SIGNAL": signals,
    }
    return {
        "name": name,
        "image": image,
        "command": ["config-manager"],
        "env": [*variables(values), node_name()],
        "volumeMounts": mounts(available_configs="/available-configs", config=_DIRECTORY),
    }


def _in(key: str, value: str) -> dict[str, Any]:
    return {"key": key, "operator": "In", "values": [value]}

"""What the device plugin's pods and those of MPS's control daemon have in common: where they run, and how they find
their node's configuration. Source: NVIDIA/k8s-device-plugin v0.20.0, chart and cmd/config-manager.
"""

from typing import Any

NAMESPACE = "kube-system"
SERVICE_ACCOUNT = "nvidia-device-plugin"
CONFIG_MAP = "nvidia-device-plugin-configs"
MPS_ROOT = "/run/nvidia/mps"
SHARED_MEMORY = "/dev/shm"  # noqa: S108 - a mount in a container
_SELECTOR = "nvidia.com/device-plugin.config"


def gpu_nodes(**labels: str) -> dict[str, Any]:
    """The part of a pod's spec that puts it on every AL2023 node with NVIDIA's GPUs, whatever taints that node has.

    labels of further kinds narrow it; nodes of the GPU Operator's MIG manager and of Auto Mode have a plugin already.
    """
    wanted = {"nvidia.com/gpu.present": "true", **labels}
    expressions: list[dict[str, Any]] = [
        {"key": key, "operator": "In", "values": [value]} for key, value in wanted.items()
    ]
    expressions.append({"key": "nvidia.com/mig.config", "operator": "DoesNotExist"})
    expressions.append({"key": "eks.amazonaws.com/compute-type", "operator": "NotIn", "values": ["auto"]})
    terms = [{"matchExpressions": expressions}]
    return {
        "priorityClassName": "system-node-critical",
        "tolerations": [{"operator": "Exists"}],
        "affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": terms}}},
    }


def config_init(name: str, image: str) -> dict[str, Any]:
    """Waits for the node's label and lays its configuration down before anything else runs."""
    return _config_manager(name, image, oneshot=True, signals="")


def config_sidecar(name: str, image: str, *, signals: str) -> dict[str, Any]:
    """Follows the label and tells the program `signals` when it names another configuration."""
    return _config_manager(name, image, oneshot=False, signals=signals)


def volumes() -> list[dict[str, Any]]:
    """What every one of these pods mounts."""
    return [
        {"name": "available-configs", "configMap": {"name": CONFIG_MAP}},
        {"name": "config", "emptyDir": {}},
        {"name": "mps-root", "hostPath": {"path": MPS_ROOT, "type": "DirectoryOrCreate"}},
        {"name": "mps-shm", "hostPath": {"path": f"{MPS_ROOT}/shm"}},
        {"name": "cdi-root", "hostPath": {"path": "/var/run/cdi", "type": "DirectoryOrCreate"}},
    ]


def _config_manager(name: str, image: str, *, oneshot: bool, signals: str) -> dict[str, Any]:
    values = {
        "ONESHOT": str(oneshot).lower(),
        "KUBECONFIG": "",
        "NODE_LABEL": _SELECTOR,
        "CONFIG_FILE_SRCDIR": "/available-configs",
        "CONFIG_FILE_DST": "/config/config.yaml",
        # No explicit default: `named` takes the one called `default`, for nodes without a label.
        "DEFAULT_CONFIG": "",
        "FALLBACK_STRATEGIES": "named",
        "SEND_SIGNAL": str(bool(signals)).lower(),
        "SIGNAL": "1" if signals else "",
        "PROCESS_TO_SIGNAL": signals,
    }
    node = {"name": "NODE_NAME", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}}
    return {
        "name": name,
        "image": image,
        "command": ["config-manager"],
        "env": [*({"name": key, "value": value} for key, value in values.items()), node],
        "volumeMounts": [
            {"name": "available-configs", "mountPath": "/available-configs"},
            {"name": "config", "mountPath": "/config"},
        ],
    }

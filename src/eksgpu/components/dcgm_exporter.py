"""DCGM exporter: utilisation, memory, temperature and errors of each GPU, for Prometheus. Row 001-10.

On every GPU node, Bottlerocket's included, and on no other. Time-sliced figures are of the whole GPU: no program can
tell them apart by pod. Source: NVIDIA dcgm-exporter, chart.
"""

from collections.abc import Iterator
from typing import Any

from eksgpu.catalog.image import images

NAME, PORT, PATH = "dcgm-exporter", 9400, "/metrics"
NAMESPACE = "kube-system"
_LABELS = {"name": NAME, "app.kubernetes.io/name": NAME}
# Each of them alone marks a node with NVIDIA's GPUs: nodeadm and our own pools, Karpenter, our own node groups.
_GPU_NODES = (
    ("nvidia.com/gpu.present", "true"),
    ("karpenter.k8s.aws/instance-gpu-manufacturer", "nvidia"),
    ("eksgpu.dev/gpu", "true"),
)


def dcgm_exporter(*, version: str = "") -> Iterator[dict[str, Any]]:
    """Manifests, in the order in which they are needed. version: the catalogue's when empty."""
    metadata = {"name": NAME, "namespace": NAMESPACE, "labels": _LABELS}
    yield {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata, "automountServiceAccountToken": False}
    yield {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": metadata,
        "spec": {
            "selector": {"matchLabels": {"name": NAME}},
            "updateStrategy": {"type": "RollingUpdate"},
            "template": {"metadata": {"labels": _LABELS}, "spec": _pod(images()["dcgmExporter"].reference(version))},
        },
    }
    yield {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {
            **metadata,
            "annotations": {"prometheus.io/scrape": "true", "prometheus.io/port": str(PORT)},
        },
        "spec": {
            "clusterIP": "None",
            "selector": {"name": NAME},
            "ports": [{"name": "metrics", "port": PORT, "targetPort": "metrics"}],
        },
    }


def _pod(image: str) -> dict[str, Any]:
    terms = [{"matchExpressions": [{"key": key, "operator": "In", "values": [value]}]} for key, value in _GPU_NODES]
    resources = "/var/lib/kubelet/pod-resources"
    return {
        "serviceAccountName": NAME,
        "automountServiceAccountToken": False,
        "priorityClassName": "system-node-critical",
        "tolerations": [{"operator": "Exists"}],
        "affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": terms}}},
        "containers": [
            {
                "name": "exporter",
                "image": image,
                "args": ["-f", "/etc/dcgm-exporter/dcp-metrics-included.csv"],
                "env": [
                    {"name": "DCGM_EXPORTER_KUBERNETES", "value": "true"},
                    {"name": "DCGM_EXPORTER_LISTEN", "value": f":{PORT}"},
                    {"name": "NVIDIA_VISIBLE_DEVICES", "value": "all"},
                    {"name": "NODE_NAME", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}},
                ],
                "ports": [{"name": "metrics", "containerPort": PORT}],
                "readinessProbe": {"httpGet": {"path": "/health", "port": "metrics"}, "initialDelaySeconds": 15},
                # Profiling needs SYS_ADMIN, and Bottlerocket shows GPUs without a request to privileged pods alone.
                "securityContext": {"privileged": True, "runAsNonRoot": False, "runAsUser": 0},
                "volumeMounts": [{"name": "pod-resources", "mountPath": resources, "readOnly": True}],
                "resources": {"requests": {"cpu": "50m", "memory": "128Mi"}, "limits": {"memory": "512Mi"}},
            }
        ],
        "volumes": [{"name": "pod-resources", "hostPath": {"path": resources, "type": "Directory"}}],
    }

"""Kubernetes objects as the API shows them, of which a test says only what it is about."""

from typing import Any

Object = dict[str, Any]
SPOT_P5 = {
    "karpenter.sh/nodepool": "gpu",
    "karpenter.sh/capacity-type": "spot",
    "node.kubernetes.io/instance-type": "p5.48xlarge",
    "topology.kubernetes.io/zone": "us-west-2b",
}
SYSTEM = {
    "eks.amazonaws.com/nodegroup": "system-fa636c",
    "eks.amazonaws.com/capacityType": "ON_DEMAND",
    "node.kubernetes.io/instance-type": "m5.large",
    "topology.kubernetes.io/zone": "us-west-2a",
}


def condition(type_: str, status: str = "True", reason: str = "", message: str = "") -> Object:
    return {"type": type_, "status": status, "reason": reason, "message": message}


def node(
    name: str, labels: dict[str, str], *, gpus: int = 0, ready: str = "True", image: str = "Bottlerocket"
) -> Object:
    devices = {"nvidia.com/gpu": str(gpus)} if gpus else {}
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": labels},
        "spec": {},
        "status": {
            "allocatable": {"cpu": "4", "memory": "8Gi", **devices},
            "conditions": [condition("Ready", ready, "KubeletNotReady", "no network")],
            "nodeInfo": {"osImage": image},
        },
    }


def pod(
    name: str, *, gpus: int = 0, on: str = "", phase: str = "Running", conditions: Any = (), **status: Any
) -> Object:
    limits = {"nvidia.com/gpu": str(gpus)} if gpus else {}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": "default", "uid": f"uid-{name}"},
        "spec": {"containers": [{"name": "main", "resources": {"limits": limits}}], **({"nodeName": on} if on else {})},
        "status": {"phase": phase, "conditions": list(conditions), **status},
    }


def claim(name: str, *conditions: Object, pool: str = "gpu") -> Object:
    return {
        "apiVersion": "karpenter.sh/v1",
        "kind": "NodeClaim",
        "metadata": {
            "name": name,
            "labels": {"karpenter.sh/nodepool": pool, "node.kubernetes.io/instance-type": "p5.48xlarge"},
        },
        "status": {"conditions": list(conditions)},
    }


def event(
    about: Object, reason: str, message: str, *, at: str = "2026-11-22T12:00:00Z", type_: str = "Normal"
) -> Object:
    return {
        "metadata": {"creationTimestamp": at},
        "involvedObject": {"uid": about["metadata"]["uid"]},
        "reason": reason,
        "message": message,
        "type": type_,
        "lastTimestamp": at,
    }

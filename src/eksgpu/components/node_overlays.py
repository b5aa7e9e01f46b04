"""Karpenter's NodeOverlay as a plain manifest: how many devices a pool's nodes have by their number of GPUs.

It must be there before its pool: a pool without it plans whole GPUs. Source: Karpenter v1.14.1, CRD (alpha, behind the
feature gate `nodeOverlay`).
"""

from collections.abc import Mapping
from typing import Any


def node_overlay(name: str, *, pool: str, gpus: int, capacity: Mapping[str, int], weight: int) -> dict[str, Any]:
    """As it is applied.

    gpus:     the nodes' label for the number of GPUs, as EC2 counts them; 0 for fractions.
    capacity: resource → count; it replaces what EC2 reports of each, and 0 takes it away.
    weight:   1 to 10000; of two overlays that meet with one weight, the later is left out.
    """
    return {
        "apiVersion": "karpenter.sh/v1alpha1",
        "kind": "NodeOverlay",
        "metadata": {"name": name},
        "spec": {
            "requirements": [
                {"key": "karpenter.sh/nodepool", "operator": "In", "values": [pool]},
                {"key": "karpenter.k8s.aws/instance-gpu-count", "operator": "In", "values": [str(gpus)]},
            ],
            "weight": weight,
            "capacity": {resource: str(count) for resource, count in capacity.items()},
        },
    }

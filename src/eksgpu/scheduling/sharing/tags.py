"""Tags from which the Cluster Autoscaler learns what a node group's nodes will have while there is none yet.

It merges tags of this form from the node group itself, so the Auto Scaling group needs none. Source: autoscaler
1.36.1, node templates.
"""

from collections.abc import Mapping

from eksgpu.scheduling.resources import NVIDIA_GPU

ACCELERATOR_LABEL = "k8s.amazonaws.com/accelerator"
"""A node with it is not ready for the Cluster Autoscaler until it shows nvidia.com/gpu. Source: gpu_processor.go."""
PREFIX = "k8s.io/cluster-autoscaler/node-template/resources/"


def template_tags(advertised: Mapping[str, int]) -> dict[str, str]:
    """Tags for the slices of one node; whole GPUs, which it would count by itself, are set to 0 where renamed."""
    return {f"{PREFIX}{name}": str(count) for name, count in {NVIDIA_GPU: 0, **advertised}.items()}

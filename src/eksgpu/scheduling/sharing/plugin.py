"""What NVIDIA's device plugin is told: a file of its own on AL2023, settings on Bottlerocket. Both say everything.

Nothing is left to a default, since the two have opposite ones: Bottlerocket renames and NVIDIA does not. Source:
NVIDIA/k8s-device-plugin v0.20.0, api/config/v1; Bottlerocket, settings.kubelet-device-plugins.nvidia.
"""

from typing import Any

from eksgpu.scheduling.resources import NVIDIA_GPU

from .slices import geometry_of
from .wish import Host, Strategy, Wish

WHOLE_GPUS: dict[str, Any] = {"version": "v1", "flags": {"migStrategy": "none"}}
"""The configuration of nodes whose GPUs are not shared."""


def plugin_config(wish: Wish) -> dict[str, Any]:
    """The plugin's configuration file."""
    if wish.strategy is Strategy.MIG:
        return {"version": "v1", "flags": {"migStrategy": "mixed" if wish.rename else "single"}}
    replicated = {
        "renameByDefault": wish.rename,
        "failRequestsGreaterThanOne": wish.fail_requests_greater_than_one,
        "resources": [{"name": NVIDIA_GPU, "replicas": wish.replicas}],
    }
    return {**WHOLE_GPUS, "sharing": {str(wish.strategy): replicated}}


def bottlerocket_settings(wish: Wish, host: Host) -> dict[str, Any]:
    """Tables below Bottlerocket's `settings`."""
    return {"kubelet-device-plugins": {"nvidia": _nvidia(wish, host)}}


def _nvidia(wish: Wish, host: Host) -> dict[str, Any]:
    if wish.strategy is Strategy.MIG:
        geometry = geometry_of(host.types[0])
        assert geometry is not None, f"{host.types[0].name} has no MIG"
        profile = wish.profile or next(iter(wish.layouts[0]))
        return {"device-partitioning-strategy": "mig", "mig": {"profile": {geometry.bottlerocket_key: profile}}}
    replicated = {"replicas": wish.replicas, "rename-by-default": wish.rename}
    if wish.strategy is Strategy.MPS:
        return {"device-sharing-strategy": "mps", "mps": replicated}
    replicated["fail-requests-greater-than-one"] = wish.fail_requests_greater_than_one
    return {"device-sharing-strategy": "time-slicing", "time-slicing": replicated}

"""How a node says which plugin configuration is its own: by labels that it has from its first moment.

A plugin that comes up without its configuration registers whole GPUs first, and Karpenter believes that: 17 nodes for
17 slices in place of 5. So the label stands in the NodePool's template or the node group, never put on later, and a
label that names no configuration keeps the plugin from starting at all.
"""

from .wish import Host, Kind, Strategy, Wish

SELECTOR = "nvidia.com/device-plugin.config"
GPU_PRESENT = "nvidia.com/gpu.present"
"""Only nodes with it get the DaemonSet: never CPU nodes, never Bottlerocket's, whose plugin is part of the system."""
MPS_CAPABLE = "nvidia.com/mps.capable"
"""Only nodes with it get the control daemon of MPS."""
DEFAULT_KEY = "default"
"""The configuration of nodes whose GPUs are not shared."""


def key(wish: Wish) -> str:
    """The configuration's name. Equal wishes have equal names, wishes that differ in what the plugin does do not."""
    if wish.strategy is Strategy.MIG:
        return "mig-mixed" if wish.rename else "mig-single"
    name = "time-slicing" if wish.strategy is Strategy.TIME_SLICING else "mps"
    renamed = "-shared" if wish.rename else ""
    several = "" if wish.fail_requests_greater_than_one else "-several"
    return f"{name}-{wish.replicas}{renamed}{several}"


def selected(wish: Wish, host: Host) -> dict[str, str]:
    """The labels that the host's nodes must carry; none on Bottlerocket, where settings say the same, and none on
    nodes that are not ours, whose plugin is told by its own DaemonSet.
    """
    if host.bottlerocket or host.kind is Kind.EXISTING:
        return {}
    labels = {SELECTOR: key(wish), GPU_PRESENT: "true"}
    return labels | ({MPS_CAPABLE: "true"} if wish.strategy is Strategy.MPS else {})

"""Rules of the autoscalers: may Karpenter be told of slices, and can the Cluster Autoscaler's one template hold?"""

from collections.abc import Iterator

from eksgpu.catalog import sharing

from .refusal import Refusal
from .wish import Host, Kind

GATES = {Kind.NODE_POOL: "nodeOverlay", Kind.STATIC_POOL: "staticCapacity"}
"""The feature gate of Karpenter that each kind of pool needs."""

_WAYS_OUT = {
    Kind.NODE_POOL: "a static pool (replicas: N) or a node group needs no NodeOverlay",
    Kind.STATIC_POOL: "a node group needs no Karpenter",
}


def autoscaler_rules(host: Host) -> Iterator[Refusal]:
    """What keeps the autoscaler from believing in slices."""
    if host.kind is Kind.NODE_GROUP:
        yield from _one_template(host)
        return
    gate, karpenter, way_out = GATES[host.kind], host.karpenter, _WAYS_OUT[host.kind]
    since = sharing.gate_since(gate)
    if sharing.older(karpenter.version, since):
        message = f"Karpenter {karpenter.version} has no feature gate {gate}; {since} is the first that has"
        yield Refusal("karpenter-old", "", message, f"upgrade Karpenter; or {way_out}")
    elif gate in karpenter.gates_off:
        message = f"Karpenter's feature gate {gate} is off: it would go on counting whole GPUs"
        if host.kind is Kind.STATIC_POOL:
            message = f"Karpenter's feature gate {gate} is off: it would make no nodes for a pool with replicas"
        yield Refusal("gate-off", "", message, f"turn {gate} on; or {way_out}")


def _one_template(host: Host) -> Iterator[Refusal]:
    counts = {item.gpu_count for item in host.types}
    if len(counts) > 1:
        have = ", ".join(f"{item.name} has {item.gpu_count}" for item in host.types)
        message = f"the group's types differ in GPUs ({have}), and the Cluster Autoscaler reads one number for all"
        yield Refusal("unequal-gpus", "", message, "make a node group for each number of GPUs")

"""Rules of the autoscalers: may Karpenter be told of slices, and can the Cluster Autoscaler's one template hold?"""

from collections.abc import Iterator

from eksgpu.catalog import sharing

from .refusal import Refusal
from .wish import Controller, Host, Kind

GATES = {Kind.NODE_POOL: "nodeOverlay", Kind.STATIC_POOL: "staticCapacity"}
"""The feature gate of Karpenter that each kind of pool needs."""


def autoscaler_rules(host: Host) -> Iterator[Refusal]:
    """What keeps the autoscaler from believing in slices."""
    if host.kind is Kind.EXISTING:  # whoever owns them tells their autoscaler; a finding says what
        return
    if host.kind is Kind.NODE_GROUP:
        yield from _one_template(host)
        return
    gate, karpenter = GATES[host.kind], host.karpenter
    if _too_old(karpenter, gate):
        since = sharing.gate_since(gate)
        message = f"Karpenter {karpenter.version} has no feature gate {gate}; {since} is the first that has"
        yield Refusal("karpenter-old", "", message, f"upgrade Karpenter; or {_way_out(host)}")
    elif gate in karpenter.gates_off:
        message = f"Karpenter's feature gate {gate} is off: it would go on counting whole GPUs"
        if host.kind is Kind.STATIC_POOL:
            message = f"Karpenter's feature gate {gate} is off: it would make no nodes for a pool with replicas"
        yield Refusal("gate-off", "", message, f"turn {gate} on; or {_way_out(host)}")


def _way_out(host: Host) -> str:
    """What is left: a static pool only where this Karpenter would make its nodes."""
    karpenter, gate = host.karpenter, GATES[Kind.STATIC_POOL]
    if host.kind is Kind.STATIC_POOL or _too_old(karpenter, gate) or gate in karpenter.gates_off:
        return "a node group needs no Karpenter"
    return "a static pool (replicas: N) or a node group needs no NodeOverlay"


def _too_old(karpenter: Controller, gate: str) -> bool:
    return sharing.older(karpenter.version, sharing.gate_since(gate))


def _one_template(host: Host) -> Iterator[Refusal]:
    counts = {item.gpu_count for item in host.types}
    if len(counts) > 1:
        have = ", ".join(f"{item.name} has {item.gpu_count}" for item in host.types)
        message = f"the group's types differ in GPUs ({have}), and the Cluster Autoscaler reads one number for all"
        yield Refusal("unequal-gpus", "", message, "make a node group for each number of GPUs")

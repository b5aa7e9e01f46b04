"""Would these manifests ever run? Against the pools that a spec describes, or those that a cluster has.

It judges what is written alone; what is free at the moment shows only when they are applied.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from eksgpu.catalog.instance import instances
from eksgpu.checks.finding import Finding, Severity
from eksgpu.checks.live_cluster import LiveCluster
from eksgpu.components.site import SYSTEM_TAINT
from eksgpu.errors import UsageError
from eksgpu.scheduling.labels import CAPACITY_TYPE, NODE_POOL, ZONE
from eksgpu.scheduling.lint import NO_POOL, lint
from eksgpu.scheduling.offering import Candidate, Market, Storage, allocatable, candidates, type_requirements
from eksgpu.scheduling.overlay import fault, overlaid, overlay
from eksgpu.scheduling.packing import Standing
from eksgpu.scheduling.pool import Pool, pool
from eksgpu.scheduling.requirements import Requirement, Requirements
from eksgpu.scheduling.resources import NVIDIA_GPU, amounts
from eksgpu.scheduling.sharing.plan import SharingPlan
from eksgpu.scheduling.taints import Taint
from eksgpu.spec import models
from eksgpu.spec.shared import shared

# Volumes are not judged: how large a node's is, its class says, and nobody asks for storage by accident.
_STORAGE = Storage(volume_gib=16 * 1024)
_CAPACITY = {"capacity-block": "reserved"}
Manifests = Iterable[Mapping[str, Any]]


def lint_for_spec(manifests: Manifests, spec: models.GpuCluster, *, registry: str) -> tuple[Finding, ...]:
    """What is in their way on the nodes that the spec describes. A cluster that is there already has others too."""
    body = spec.spec
    zones = body.network.zones if isinstance(body.network.zones, tuple) else _zones(spec.metadata.region)
    plans = {id(one.owner): one.plan for one in shared(body)}
    pools = [_spec_pool(one, zones, plans.get(id(one))) for one in body.node_pools]
    nodes = [_spec_node(group, zones, plans.get(id(group))) for group in body.node_groups if group.max]
    found = _findings(manifests, pools, nodes, registry)
    return found if body.cluster is None else tuple(one for one in found if one.id != NO_POOL)


def lint_for_cluster(manifests: Manifests, cluster: LiveCluster, *, region: str, registry: str) -> tuple[Finding, ...]:
    """What is in their way on the NodePools and nodes that are there."""
    sold = candidates(instances().values(), Market(dict.fromkeys(_zones(region), "")), _STORAGE)
    overlays = [overlay(one) for one in cluster.node_overlays if fault(one) is None]
    pools = []
    for one in cluster.node_pools:
        labels = (one["spec"]["template"].get("metadata") or {}).get("labels") or {}
        pools.append(pool(one, overlaid(sold, overlays, pool=one["metadata"]["name"], labels=labels)))
    nodes = [
        Standing(
            node["metadata"]["name"],
            node["metadata"].get("labels") or {},
            tuple(Taint.parse(taint) for taint in node["spec"].get("taints") or ()),
            amounts(node["status"].get("allocatable")),
        )
        for node in cluster.nodes
    ]
    return _findings(manifests, pools, nodes, registry)


def _findings(manifests: Manifests, pools: list[Pool], nodes: list[Standing], registry: str) -> tuple[Finding, ...]:
    try:
        found = lint(manifests, pools, nodes=nodes, registry=registry)
    except ValueError as error:  # a quantity that is none
        raise UsageError(f"the manifest is wrong: {error}") from error
    return tuple(Finding(one.id, Severity(one.severity), one.where, one.message, one.hint) for one in found)


def _spec_pool(given: models.NodePool, zones: Iterable[str], plan: SharingPlan | None) -> Pool:
    within = given.zones or tuple(zones)
    reservations = {f"{item.name}/{within[0]}": (item.name, within[0]) for item in given.types if given.reservations}
    market = Market(dict.fromkeys(within, ""), reservations=reservations)
    capacity = frozenset(_CAPACITY.get(name, name) for name in given.capacity)
    wanted = Requirements([Requirement(CAPACITY_TYPE, capacity), Requirement(ZONE, frozenset(within))])
    labels = Requirements.labels({**given.labels, NODE_POOL: given.name})
    verbatim = Requirements.parse(entry.model_dump(mode="json") for entry in given.requirements)
    return Pool(
        name=given.name,
        requirements=wanted.and_also(labels.values()).and_also(verbatim.values()),
        candidates=tuple(_sliced(one, plan) for one in candidates(given.types, market, _STORAGE)),
        taints=tuple(_taint(taint) for taint in given.taints),
        weight=given.weight or 0,
        limits=_limits(given, plan),
    )


def _sliced(one: Candidate, plan: SharingPlan | None) -> Candidate:
    """With the slices that its plugin advertises in place of whole GPUs."""
    if plan is None:
        return one
    slices = _slices(plan, one.item.name)
    return replace(one, capacity={**one.capacity, **slices}, allocatable={**one.allocatable, **slices})


def _slices(plan: SharingPlan, item: str) -> dict[str, int]:
    return {NVIDIA_GPU: 0, **plan.allocatable[item]}


def _limits(given: models.NodePool, plan: SharingPlan | None) -> dict[str, int]:
    """As Karpenter charges them: slices, where GPUs are shared."""
    limits = amounts({name: str(amount) for name, amount in given.effective_limits.items()})
    gpus = limits.pop(NVIDIA_GPU, None) if plan is not None else None
    return limits if plan is None or gpus is None else {**limits, **plan.limits(gpus)}


def _spec_node(group: models.NodeGroup, zones: Iterable[str], plan: SharingPlan | None) -> Standing:
    """A node of a group as it is when empty."""
    item = group.types[0]
    exact = {key: next(iter(one.values)) for key, one in type_requirements(item).items() if len(one.values) == 1}
    labels = {**exact, ZONE: (group.zones or tuple(zones))[0], **group.labels}
    taints = tuple(_taint(taint) for taint in group.taints)
    if group.system:
        key, _, value = SYSTEM_TAINT.rpartition(":")[0].partition("=")
        labels[key] = value
        taints = (*taints, Taint.parse(SYSTEM_TAINT))
    slices = _slices(plan, item.name) if plan is not None else {}
    return Standing(group.name, labels, taints, {**allocatable(item, _STORAGE), **slices})


def _taint(given: models.Taint) -> Taint:
    return Taint(given.key, given.value or "", given.effect)


def _zones(region: str) -> tuple[str, ...]:
    return tuple(f"{region}{letter}" for letter in "abcdefgh")

"""Which nodes that are there already, and not ours, may have their GPUs shared. All reasons are told at once."""

from collections.abc import Iterator, Mapping

from eksgpu.errors import PlanRefused
from eksgpu.facts.found import FoundCluster
from eksgpu.facts.found_nodes import FoundNodes
from eksgpu.scheduling.labels import NODE_POOL
from eksgpu.scheduling.sharing.consent import changes
from eksgpu.scheduling.sharing.plan import plan_sharing
from eksgpu.scheduling.sharing.rules import refusals
from eksgpu.scheduling.sharing.tags import ACCELERATOR_LABEL
from eksgpu.spec.models import ExistingNodes, GpuCluster

from .their_plugins import on_theirs, said

Reason = tuple[str, str]
"""What stands against it, and what to do."""
_AUTO = "eks.amazonaws.com/compute-type"
_NAMED = 3  # nodes that a message names


def refuse_nodes(spec: GpuCluster, cluster: FoundCluster) -> None:
    """Raises PlanRefused for nodes that cannot be shared so, and for those whose owner has not consented."""
    for wanted in spec.spec.existing_nodes:
        found = cluster.nodes[wanted.name]
        reasons = [*_reasons(spec, cluster, wanted, found)]
        if reasons:
            _raise(wanted, reasons)
    for wanted in spec.spec.existing_nodes:
        if not wanted.consent:
            _raise(wanted, [_ask(wanted, cluster.nodes[wanted.name])])


def _raise(wanted: ExistingNodes, reasons: list[Reason]) -> None:
    message = "\n".join(f"existingNodes[{wanted.name}]: {message}" for message, _ in reasons)
    raise PlanRefused(message, hint="; ".join(dict.fromkeys(hint for _, hint in reasons)))


def _reasons(spec: GpuCluster, cluster: FoundCluster, wanted: ExistingNodes, found: FoundNodes) -> Iterator[Reason]:
    if not found.nodes and not found.types:
        yield _nothing(wanted)
        return
    others = [*_somebody_elses_business(spec, found), *_without_gpus(found), *_twice(spec, cluster, wanted)]
    yield from others
    if others:
        return
    host = found.host(wanted.name)
    yield from ((one.message, one.hint) for one in refusals(wanted.sharing.wish, host))
    plugin = None if host.bottlerocket else on_theirs(cluster, found)
    if plugin is not None:
        key, value = next(iter(wanted.labels.items()))
        yield (
            f"the device plugin {said(plugin)} runs on these nodes, and two on one node contradict each other",
            f"keep it off them: {{key: {key}, operator: NotIn, values: [{value}]}} in its nodeAffinity; "
            "or leave existingNodes out and tell that plugin itself to share",
        )
    labelled = [one.name for one in found.nodes if ACCELERATOR_LABEL in one.labels]
    if labelled and wanted.sharing.rename:
        yield (
            f"{_named(labelled)} have {ACCELERATOR_LABEL}, with which the Cluster Autoscaler waits for nvidia.com/gpu; "
            "with slices of another name it waits for ever",
            "leave rename out",
        )


def _nothing(wanted: ExistingNodes) -> Reason:
    if wanted.node_group is not None:
        message = f"node group {wanted.node_group} has no node, and does not tell what its nodes would be"
        return message, "scale it to one node, and plan again"
    labels = ",".join(f"{key}={value}" for key, value in wanted.labels.items())
    return f"no node has the labels {labels}", "kubectl get nodes --show-labels; or name the nodeGroup"


def _somebody_elses_business(spec: GpuCluster, found: FoundNodes) -> Iterator[Reason]:
    """Nodes whose GPUs another stanza or another program is in charge of."""
    ours = {pool.name: pool for pool in spec.spec.node_pools}
    for pool, names in _by_label(found, NODE_POOL).items():
        own = ours.get(pool)
        if own is not None and own.sharing is not None:
            yield (
                f"{_named(names)} are nodes of nodePools[{pool}], which shares their GPUs already",
                "narrow the labels",
            )
        elif own is not None:
            yield f"{_named(names)} are nodes of nodePools[{pool}]", "write sharing there; Karpenter must know of it"
        else:
            message = f"{_named(names)} are nodes of Karpenter's NodePool {pool}, which would go on counting whole GPUs"
            yield message, "share on a pool of ours: nodePools: [{name: gpu, gpu: {…}, sharing: {…}}]"
    for group in found.groups:
        if group.ours:
            yield f"node group {group.name} is one of ours", "write sharing on it in nodeGroups"
    automatic = [one.name for one in found.nodes if one.labels.get(_AUTO) == "auto"]
    if automatic:
        yield f"{_named(automatic)} are nodes of EKS Auto Mode, whose plugin cannot be replaced", "narrow the labels"


def _without_gpus(found: FoundNodes) -> Iterator[Reason]:
    types = {item.name: item for item in found.types}
    bare = [one for one in found.nodes if one.type not in types or not types[one.type].gpu_count]
    if bare:
        kinds = ", ".join(sorted({one.type or "of unknown type" for one in bare}))
        names = _named([one.name for one in bare])
        yield f"{names} ({kinds}) have no NVIDIA GPU that is known", "narrow the labels to nodes with GPUs"


def _twice(spec: GpuCluster, cluster: FoundCluster, wanted: ExistingNodes) -> Iterator[Reason]:
    mine = {one.name for one in cluster.nodes[wanted.name].nodes}
    for other in spec.spec.existing_nodes:
        if other.name == wanted.name:
            return
        both = sorted(mine & {one.name for one in cluster.nodes[other.name].nodes})
        if both:
            yield (
                f"{_named(both)} are existingNodes[{other.name}] too",
                "narrow the labels: a node is shared in one way",
            )


def _ask(wanted: ExistingNodes, found: FoundNodes) -> Reason:
    plan = plan_sharing(wanted.sharing.wish, found.host(wanted.name))
    said = changes(plan, {one.name: one.gpus for one in found.nodes}, sum(one.pods for one in found.nodes))
    listed = "".join(f"\n  - {one}" for one in said)
    return f"the owner of these nodes has to agree to what changes:{listed}", "write consent: true"


def _by_label(found: FoundNodes, label: str) -> Mapping[str, list[str]]:
    names: dict[str, list[str]] = {}
    for one in found.nodes:
        if label in one.labels:
            names.setdefault(one.labels[label], []).append(one.name)
    return names


def _named(names: list[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more

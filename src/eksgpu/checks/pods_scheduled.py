"""Whether every pod has found a node, and if not, what keeps it off the pools. Row 001-11."""

from collections.abc import Iterator, Sequence

from eksgpu.catalog.instance import instances
from eksgpu.kube.readiness import condition
from eksgpu.scheduling.lint import Advice, lint
from eksgpu.scheduling.offering import Market, Storage, candidates
from eksgpu.scheduling.overlay import fault, overlaid, overlay
from eksgpu.scheduling.pool import Pool, pool

from .check import check
from .context import VerifyContext
from .finding import Finding, Severity
from .live_cluster import LiveCluster, Object

ID = "pods-scheduled"
_STORAGE = Storage(volume_gib=16 * 1024)  # nobody asks for a node's disk by accident


@check(ID, "every pod has found a node", stage="verify")
def pods_scheduled(context: VerifyContext) -> Iterator[Finding]:
    """A pod waits for ever that does not bear the taint of GPU nodes, selects a label that no pool gives, or asks for
    what no pool has. A pod that some pool would take waits for its node: that is no fault.
    """
    waiting = [one for one in context.cluster.pods if _waits(one)]
    pools = _pools(context.cluster, context.spec.metadata.region) if waiting else []
    for one in waiting:
        metadata = one["metadata"]
        where, look = (
            f"pod {metadata['namespace']}/{metadata['name']}",
            f"-n {metadata['namespace']} {metadata['name']}",
        )
        advice = _in_the_way(one, pools)
        if advice is not None:
            yield Finding(ID, Severity.WARNING, where, advice.message, advice.hint)
        else:
            message = f"it waits for a node: {condition(one, 'PodScheduled').get('message', 'no node takes it')}"
            yield Finding(ID, Severity.NOTE, where, message, f"kubectl describe pod {look}")


def _waits(one: Object) -> bool:
    unschedulable = condition(one, "PodScheduled").get("reason") == "Unschedulable"
    return unschedulable and not one["metadata"].get("deletionTimestamp")


def _in_the_way(one: Object, pools: Sequence[Pool]) -> Advice | None:
    return next((advice for advice in lint([{**one, "kind": "Pod"}], pools) if advice.severity == "error"), None)


def _pools(cluster: LiveCluster, region: str) -> list[Pool]:
    """The cluster's NodePools with every type that they may take."""
    zones = [f"{region}{letter}" for letter in "abcdefgh"]
    sold = candidates(instances().values(), Market(dict.fromkeys(zones, "")), _STORAGE)
    overlays = [overlay(one) for one in cluster.node_overlays if fault(one) is None]
    found = []
    for one in cluster.node_pools:
        labels = (one["spec"]["template"].get("metadata") or {}).get("labels") or {}
        found.append(pool(one, overlaid(sold, overlays, pool=one["metadata"]["name"], labels=labels)))
    return found

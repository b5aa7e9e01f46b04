"""Whether a change of a pool or of its class makes Karpenter replace the nodes that are there."""

from collections.abc import Iterator, Mapping
from typing import Any

from eksgpu.engine.plan import Action, Change
from eksgpu.kube.object import KubeObject

from .check import check
from .context import CheckContext
from .finding import Finding, Severity

# What drifts, below `spec`; all else of a NodePool (limits, weight, disruption) is how Karpenter behaves.
# Source: karpenter-provider-aws v1.14.1, EC2NodeClass.Hash; for NodePools Karpenter's page on drift, from memory.
_DRIFTS: Mapping[str, tuple[str, ...]] = {"EC2NodeClass.karpenter.k8s.aws": (), "NodePool.karpenter.sh": ("template",)}


@check("node-drift", "no change of a pool replaces nodes")
def node_drift(context: CheckContext) -> Iterator[Finding]:
    """A node that no longer is what its pool would make has drifted: Karpenter makes another one, moves the pods and
    takes the old one away, as many at a time as the pool's budgets allow. Pods with work to lose should say
    `karpenter.sh/do-not-disrupt`.
    """
    for change in context.plan.changes if context.plan is not None else ():
        if change.action is not Action.UPDATE or not isinstance(change.resource, KubeObject):
            continue
        address = change.resource.address
        path = _DRIFTS.get(str(address.group_kind))
        if path is None or not _differs(change, path):
            continue
        message = f"nodes of {address.name} that no longer are what is wanted drift: Karpenter replaces them"
        fix = "set disruption.budgets to choose when and how many, with reasons: [Drifted]"
        yield Finding("node-drift", Severity.WARNING, f"{address.group_kind.kind} {address.name}", message, fix)


def _differs(change: Change, path: tuple[str, ...]) -> bool:
    found = change.fields.get("manifest")
    return found is not None and _at(found.live, ("spec", *path)) != _at(found.desired, ("spec", *path))


def _at(tree: Any, path: tuple[str, ...]) -> Any:
    for key in path:
        tree = tree.get(key) if isinstance(tree, Mapping) else None
    return tree

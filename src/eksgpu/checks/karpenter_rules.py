"""Whether Karpenter's objects keep the rules that its CRDs and its controller enforce."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from eksgpu.engine.refs import resolve
from eksgpu.kube.object import KubeObject
from eksgpu.scheduling.rules import node_class, node_pool
from eksgpu.scheduling.rules.breach import Breach

from .check import check
from .context import CheckContext
from .finding import Finding, Severity

_RULES: Mapping[str, Callable[[Mapping[str, Any]], Iterator[Breach]]] = {
    "NodePool.karpenter.sh": node_pool.breaches,
    "EC2NodeClass.karpenter.k8s.aws": node_class.breaches,
}


@check("karpenter-rules", "NodePools and EC2NodeClasses keep Karpenter's rules")
def karpenter_rules(context: CheckContext) -> Iterator[Finding]:
    """The API refuses what breaks a rule, or Karpenter marks the object as not ready and makes no node from it. Here
    it is found before there is a cluster to ask.
    """
    for resource in context.graph:
        if not isinstance(resource, KubeObject):
            continue
        rules = _RULES.get(str(resource.address.group_kind))
        if rules is None:
            continue
        # Values that are not known yet stay Refs, which no rule looks at.
        for breach in rules(resolve(resource.manifest, lambda ref: ref)):
            where = f"{resource.address.group_kind.kind} {resource.address.name}, {breach.where}"
            yield Finding("karpenter-rules", Severity.ERROR, where, f"{breach.message} (rule {breach.rule})")

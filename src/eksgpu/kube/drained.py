"""What the cluster's controllers made outside of it, whoever asked for it: load balancers and nodes.

Before a cluster of ours goes, its Services, Ingresses and Karpenter objects go, while the controllers still run that
take load balancers and instances away. No plan wants them; destroy finds them whether they carry our mark or not.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from eksgpu.engine.resource import Live

from .leftover import Leftover
from .live import NODE_POOL, live_of
from .names import GroupKind
from .run import KubeRun

NODE_CLAIM = GroupKind("NodeClaim", "karpenter.sh")
SERVICE, INGRESS = GroupKind("Service"), GroupKind("Ingress", "networking.k8s.io")


class DrainedObject(Leftover):
    """A NodePool, a NodeClaim of no pool, a Service with a load balancer, or an Ingress, that is not in our graph."""

    kind: ClassVar[str] = "kubernetes_drained"

    @classmethod
    def discover(cls, run: KubeRun) -> list[Live]:
        kube = run.kube()
        if kube is None:
            return []

        def listed(group_kind: GroupKind) -> list[Live]:
            resource = kube.api.discovery.preferred(group_kind)
            if resource is None:
                return []
            items, _ = kube.api.list(resource)
            foreign = [item for item in items if not run.mark.owns(item["metadata"].get("labels") or {})]
            return [live_of(item, resource, kind=cls.kind) for item in foreign if _reaches_out(group_kind, item)]

        return [live for lives in run.parallel(listed, (NODE_POOL, NODE_CLAIM, SERVICE, INGRESS)) for live in lives]


def _reaches_out(group_kind: GroupKind, item: Mapping[str, Any]) -> bool:
    if group_kind == SERVICE:
        return bool(item.get("spec", {}).get("type") == "LoadBalancer")
    if group_kind == NODE_CLAIM:  # a pool takes its own claims with it
        return not item["metadata"].get("ownerReferences")
    return True

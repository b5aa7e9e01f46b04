"""What the cluster's controllers made outside of it, whoever asked for it: load balancers and nodes.

Before a cluster of ours goes, its Services, Ingresses and Karpenter objects go, while the controllers still run that
take load balancers and instances away. No plan wants them; destroy finds them whether they carry our mark or not.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from eksgpu.engine.resource import Deletable, Live

from .finalizers import abandoned
from .live import live_of
from .names import GroupKind
from .object import KubeObject, delete_marked, read_marked
from .run import KubeRun

NODE_POOL, NODE_CLAIM = GroupKind("NodePool", "karpenter.sh"), GroupKind("NodeClaim", "karpenter.sh")
SERVICE, INGRESS = GroupKind("Service"), GroupKind("Ingress", "networking.k8s.io")


class DrainedObject(Deletable):
    """A NodePool, a NodeClaim of no pool, a Service with a load balancer, or an Ingress, that is not in our graph."""

    kind: ClassVar[str] = "kubernetes_drained"
    permissions: ClassVar[frozenset[str]] = KubeObject.permissions
    gone_before: ClassVar[tuple[str, ...]] = ("kubernetes", "helm_release", *KubeObject.gone_before)
    waits_gone: ClassVar[bool] = True
    deadline: ClassVar[float] = KubeObject.deadline

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

    @classmethod
    def read(cls, run: KubeRun, live: Live) -> Live | None:
        return read_marked(run, live)

    @classmethod
    def delete(cls, run: KubeRun, live: Live) -> None:
        delete_marked(run, live)

    @classmethod
    def in_vain(cls, run: KubeRun, live: Live) -> str | None:
        return abandoned(run, live)


def _reaches_out(group_kind: GroupKind, item: Mapping[str, Any]) -> bool:
    if group_kind == SERVICE:
        return bool(item.get("spec", {}).get("type") == "LoadBalancer")
    if group_kind == NODE_CLAIM:  # a pool takes its own claims with it
        return not item["metadata"].get("ownerReferences")
    return True

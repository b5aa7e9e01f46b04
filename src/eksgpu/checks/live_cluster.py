"""What lives in a cluster at one moment: the lists that status and the checks of verify look at, read side by side.

Objects are as the API gives them. It must not judge them.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from eksgpu.components.nvidia_plugin_pod import CONFIG_MAP
from eksgpu.kube.names import GroupKind

if TYPE_CHECKING:
    from eksgpu.kube.api import KubeApi

Object = Mapping[str, Any]
Objects = tuple[Object, ...]
Parallel = Callable[[Callable[[str], Objects | None], Iterable[str]], list[Objects | None]]

_LISTED = {
    "nodes": (GroupKind("Node"), ""),
    "pods": (GroupKind("Pod"), ""),
    "node_pools": (GroupKind("NodePool", "karpenter.sh"), ""),
    "node_classes": (GroupKind("EC2NodeClass", "karpenter.k8s.aws"), ""),
    "node_claims": (GroupKind("NodeClaim", "karpenter.sh"), ""),
    "deployments": (GroupKind("Deployment", "apps"), ""),
    "daemon_sets": (GroupKind("DaemonSet", "apps"), ""),
    "node_overlays": (GroupKind("NodeOverlay", "karpenter.sh"), ""),
    "plugin_configs": (GroupKind("ConfigMap"), f"metadata.name={CONFIG_MAP}"),
    "pulls": (GroupKind("Event"), "reason=Pulled"),
}
GROUP = "eks.amazonaws.com/nodegroup"
_INCARNATION = re.compile(r"-[0-9a-f]{6}$")
FOR_STATUS = ("nodes", "pods", "node_claims")


@dataclass(frozen=True)
class LiveCluster:
    """Lists of objects, whole and of every namespace.

    plugin_configs: the config map of NVIDIA's device plugin.
    pulls:    the kubelets' events about pulled images; the API keeps events for an hour.
    unserved: which of the lists are empty because the API knows no such kind.
    """

    nodes: Objects = ()
    pods: Objects = ()
    node_pools: Objects = ()
    node_classes: Objects = ()
    node_claims: Objects = ()
    deployments: Objects = ()
    daemon_sets: Objects = ()
    node_overlays: Objects = ()
    plugin_configs: Objects = ()
    pulls: Objects = ()
    unserved: frozenset[str] = field(default_factory=frozenset)


def look(api: "KubeApi", parallel: Parallel, names: Iterable[str] = tuple(_LISTED)) -> LiveCluster:
    """Read these lists; the others stay empty. Raises as every read of the API."""

    def listed(name: str) -> Objects | None:
        group_kind, fields = _LISTED[name]
        resource = api.discovery.preferred(group_kind)
        return None if resource is None else tuple(api.list(resource, fields=fields)[0])

    wanted = tuple(names)
    found = dict(zip(wanted, parallel(listed, wanted), strict=True))
    unserved = frozenset(name for name, items in found.items() if items is None)
    return LiveCluster(**{name: items or () for name, items in found.items()}, unserved=unserved)


def of_group(label: str, name: str) -> bool:
    """Is this node label's value the node group of that name in the spec? In EKS it goes by its name and a hash."""
    return name in (label, _INCARNATION.sub("", label))

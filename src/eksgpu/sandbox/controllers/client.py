"""What controllers may ask of a Kubernetes API: the few verbs of a client, and the kinds they look at.

The embedded API's own client fits these protocols; one over HTTP must raise the same ApiError.
"""

from dataclasses import dataclass
from typing import Any, Protocol

Object = dict[str, Any]
Key = tuple[str, str]
"""Namespace ("" for cluster-wide objects) and name."""


class Watch(Protocol):
    """Changes since a resource version."""

    def poll(self) -> list[tuple[str, Object]]:
        """What has come in meanwhile: ADDED, MODIFIED or DELETED with the object, which is not to be changed.

        ApiError 410: list again.
        """
        ...


class Client(Protocol):
    """A client of one API. Objects that it returns belong to the caller, but for those of a watch."""

    def list(
        self, api_version: str, kind: str, namespace: str | None = None, *, labels: str = "", fields: str = ""
    ) -> tuple[list[Object], str]: ...

    def watch(self, api_version: str, kind: str, namespace: str | None = None, *, resource_version: str) -> Watch: ...

    def create(self, obj: Object) -> Object: ...

    def patch(
        self,
        api_version: str,
        kind: str,
        name: str,
        patch: Any,
        namespace: str | None = None,
        *,
        subresource: str = "",
        type: str = "merge",  # noqa: A002  the API's own word
    ) -> Object: ...

    def delete(
        self,
        api_version: str,
        kind: str,
        name: str,
        namespace: str | None = None,
        *,
        propagation: str = "Background",
        grace: int | None = None,
    ) -> None: ...

    def event(self, obj: Object, reason: str, message: str, type: str = "Normal") -> None:  # noqa: A002
        ...


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of object. `crd` names the definition without which the API does not serve it, or nobody here asks."""

    api_version: str
    kind: str
    crd: str = ""


POD = Kind("v1", "Pod")
NODE = Kind("v1", "Node")
LEASE = Kind("coordination.k8s.io/v1", "Lease")
DEPLOYMENT = Kind("apps/v1", "Deployment")
DAEMON_SET = Kind("apps/v1", "DaemonSet")
CONFIG_MAP = Kind("v1", "ConfigMap")
SERVICE = Kind("v1", "Service", "targetgroupbindings.elbv2.k8s.aws")
INGRESS = Kind("networking.k8s.io/v1", "Ingress", "targetgroupbindings.elbv2.k8s.aws")
INGRESS_CLASS = Kind("networking.k8s.io/v1", "IngressClass", "targetgroupbindings.elbv2.k8s.aws")
TARGET_GROUP_BINDING = Kind("elbv2.k8s.aws/v1beta1", "TargetGroupBinding", "targetgroupbindings.elbv2.k8s.aws")
STORAGE_CLASS = Kind("storage.k8s.io/v1", "StorageClass")
VOLUME_CLAIM = Kind("v1", "PersistentVolumeClaim")
VOLUME = Kind("v1", "PersistentVolume")
DEFINITION = Kind("apiextensions.k8s.io/v1", "CustomResourceDefinition")
NODE_POOL = Kind("karpenter.sh/v1", "NodePool", "nodepools.karpenter.sh")
NODE_CLAIM = Kind("karpenter.sh/v1", "NodeClaim", "nodeclaims.karpenter.sh")
NODE_OVERLAY = Kind("karpenter.sh/v1alpha1", "NodeOverlay", "nodeoverlays.karpenter.sh")
NODE_CLASS = Kind("karpenter.k8s.aws/v1", "EC2NodeClass", "ec2nodeclasses.karpenter.k8s.aws")


def key(obj: Object) -> Key:
    """Where an object is found."""
    metadata = obj["metadata"]
    return str(metadata.get("namespace") or ""), str(metadata["name"])

"""Who must agree before an object goes: the finalizers of controllers, and whether such a controller still runs."""

from collections.abc import Mapping
from typing import Any

from eksgpu.engine.resource import Live

from .names import ApiResource
from .run import KubeRun

PODS = ApiResource("", "v1", "Pod", "pods", namespaced=True)
NAME_LABEL = "app.kubernetes.io/name"
# Finalizer -> the name label of the controller that takes it away. Sources: Karpenter v1.14.1, apis/v1/labels.go;
# AWS Load Balancer Controller v2.13, pkg/k8s/finalizer.go.
CONTROLLERS: Mapping[str, str] = {
    "karpenter.sh/termination": "karpenter",
    "karpenter.k8s.aws/termination": "karpenter",
    "service.k8s.aws/resources": "aws-load-balancer-controller",
    "ingress.k8s.aws/resources": "aws-load-balancer-controller",
    "elbv2.k8s.aws/resources": "aws-load-balancer-controller",
}


def abandoned(run: KubeRun, live: Live) -> str | None:
    """Why a dying object will stay: the controller of its finalizer does not run. None when it may still go."""
    kube = run.kube()
    behind = kube.behind(live) if kube is not None else None
    if kube is None or behind is None:
        return None
    _, found = behind
    for finalizer in found["metadata"].get("finalizers") or ():
        controller = CONTROLLERS.get(finalizer)
        if controller is None:
            continue
        pods, _ = kube.api.list(PODS, labels=f"{NAME_LABEL}={controller}")
        if not any(_ready(pod) for pod in pods):
            return f"it waits for its finalizer {finalizer}, and no pod of {controller} is ready to take that away"
    return None


def _ready(pod: Mapping[str, Any]) -> bool:
    conditions = pod.get("status", {}).get("conditions") or ()
    return any(one.get("type") == "Ready" and one.get("status") == "True" for one in conditions)

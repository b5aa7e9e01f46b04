"""When a kind is ready, pending or failed."""

from typing import Any

import pytest

from eksgpu.engine.resource import State
from eksgpu.kube.names import GroupKind
from eksgpu.kube.readiness import readiness

DEPLOYMENT = GroupKind("Deployment", "apps")


def thing(spec: dict[str, Any] | None = None, *, generation: int = 1, **status: Any) -> dict[str, Any]:
    return {"metadata": {"name": "x", "generation": generation}, "spec": spec or {}, "status": status}


def condition(type_: str, status: str = "True", **more: Any) -> list[dict[str, Any]]:
    return [{"type": type_, "status": status, **more}]


ROLLED = {"observedGeneration": 2, "updatedReplicas": 2, "availableReplicas": 2, "readyReplicas": 2}
CASES = [
    ("ConfigMap", thing(), State.READY),
    ("Namespace", thing(phase="Active"), State.READY),
    ("Namespace", thing(phase="Terminating"), State.DELETING),
    ("Deployment.apps", thing({"replicas": 2}, generation=2, **ROLLED), State.READY),
    ("Deployment.apps", thing({"replicas": 2}, generation=3, **ROLLED), State.PENDING),
    ("Deployment.apps", thing({"replicas": 3}, generation=2, **ROLLED), State.PENDING),
    ("Deployment.apps", thing({"replicas": 2}, generation=2, **ROLLED | {"availableReplicas": 1}), State.PENDING),
    (
        "Deployment.apps",
        thing(conditions=condition("Progressing", "False", reason="ProgressDeadlineExceeded", message="slow")),
        State.FAILED,
    ),
    ("StatefulSet.apps", thing({"replicas": 2}, generation=2, **ROLLED), State.READY),
    ("DaemonSet.apps", thing(observedGeneration=1, desiredNumberScheduled=0), State.READY),
    ("DaemonSet.apps", thing(observedGeneration=1, desiredNumberScheduled=2), State.PENDING),
    ("Job.batch", thing(), State.READY),
    ("Job.batch", thing(conditions=condition("Failed", reason="BackoffLimitExceeded")), State.FAILED),
    ("Pod", thing(phase="Pending"), State.PENDING),
    ("Pod", thing(phase="Succeeded"), State.READY),
    ("Pod", thing(phase="Running", conditions=condition("Ready")), State.READY),
    ("Pod", thing(phase="Failed", reason="Evicted"), State.FAILED),
    ("Service", thing({"type": "ClusterIP"}), State.READY),
    ("Service", thing({"type": "LoadBalancer"}), State.PENDING),
    ("Service", thing({"type": "LoadBalancer"}, loadBalancer={"ingress": [{"hostname": "x"}]}), State.READY),
    ("PersistentVolumeClaim", thing(phase="Pending"), State.READY),
    ("PersistentVolumeClaim", thing(phase="Lost"), State.FAILED),
    ("NodePool.karpenter.sh", thing(), State.PENDING),
    ("NodePool.karpenter.sh", thing(conditions=condition("Ready")), State.READY),
    ("NodePool.karpenter.sh", thing(generation=2, conditions=condition("Ready", observedGeneration=1)), State.PENDING),
    ("CustomResourceDefinition.apiextensions.k8s.io", thing(conditions=condition("Established")), State.READY),
    (
        "CustomResourceDefinition.apiextensions.k8s.io",
        thing(conditions=condition("NamesAccepted", "False", reason="ListKindConflict")),
        State.FAILED,
    ),
]


@pytest.mark.parametrize(("kind", "live", "state"), CASES)
def test_state(kind: str, live: dict[str, Any], state: State) -> None:
    found, reason = readiness(GroupKind.parse(kind), live)
    assert found is state
    assert bool(reason) == (state not in (State.READY, State.DELETING))


def test_what_is_being_deleted_names_its_finalizers() -> None:
    live = thing()
    live["metadata"] |= {"deletionTimestamp": "2026-11-22T12:00:00Z", "finalizers": ["karpenter.sh/termination"]}
    assert readiness(DEPLOYMENT, live) == (State.DELETING, "waits for karpenter.sh/termination")

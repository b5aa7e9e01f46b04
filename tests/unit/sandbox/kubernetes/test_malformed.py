"""Whatever is sent, the server answers: broken objects are refused with a Status, never with a crash."""

import random
from typing import Any

import pytest

from tests.unit.sandbox.kubernetes.objects import (
    APPLY,
    MERGE,
    STRATEGIC,
    Call,
    definition,
    job,
    pod,
    pod_spec,
    workload,
)

JUNK: list[Any] = [None, 1, "x", [], {}, [None], [1], {"a": 1}, True, {"a": None}, [{}], [{"name": "x"}], -5, "9Gi"]
TERM = {"matchExpressions": [{"key": "a", "operator": "In", "values": ["b"]}]}
SPREAD = {"maxSkew": 1, "topologyKey": "z", "whenUnsatisfiable": "DoNotSchedule", "labelSelector": {}}
FULL = {
    **pod_spec(
        resources={"limits": {"cpu": "2", "nvidia.com/gpu": "1"}},
        ports=[{"containerPort": 80, "hostPort": 80}],
        volumeMounts=[{"name": "v", "mountPath": "/x"}],
    ),
    "volumes": [{"name": "v", "emptyDir": {}}],
    "tolerations": [{"key": "a", "operator": "Exists"}],
    "topologySpreadConstraints": [SPREAD],
    "affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [TERM]}}},
}
ROLLING = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1}}
SAMPLES: dict[str, Any] = {
    "/api/v1/namespaces/default/pods": pod(spec=FULL),
    "/apis/apps/v1/namespaces/default/deployments": workload("Deployment", replicas=2, strategy=ROLLING),
    "/apis/apps/v1/namespaces/default/daemonsets": workload("DaemonSet", updateStrategy={"type": "OnDelete"}),
    "/apis/batch/v1/namespaces/default/jobs": job(completions=2),
    "/apis/apiextensions.k8s.io/v1/customresourcedefinitions": definition(),
    "/api/v1/nodes": {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": "one"},
        "spec": {"taints": [{"key": "a", "effect": "NoSchedule"}]},
        "status": {"allocatable": {"cpu": "8"}, "conditions": [{"type": "Ready", "status": "True"}]},
    },
}


def broken(value: Any, chance: random.Random) -> Any:
    """The value with one place of it removed or replaced by junk."""
    if isinstance(value, dict) and value and chance.random() < 0.85:
        key = chance.choice(list(value))
        rest = {name: held for name, held in value.items() if name != key}
        return rest if chance.random() < 0.15 else {**rest, key: broken(value[key], chance)}
    if isinstance(value, list) and value and chance.random() < 0.7:
        return [broken(value[0], chance), *value[1:]]
    return chance.choice(JUNK)


@pytest.mark.parametrize("path", SAMPLES)
def test_broken_objects_are_answered(call: Call, path: str) -> None:
    chance = random.Random(path)
    name = SAMPLES[path]["metadata"]["name"]
    call("POST", path, SAMPLES[path])
    for _ in range(40):
        sent = broken(SAMPLES[path], chance)
        answers = [
            call("POST", path, sent),
            call("PUT", f"{path}/{name}", sent),
            call("PUT", f"{path}/{name}/status", sent),
            call("PATCH", f"{path}/{name}?fieldManager=x&force=true", sent, APPLY),
            call("PATCH", f"{path}/{name}", sent, MERGE),
            call("PATCH", f"{path}/{name}", sent, STRATEGIC),
            call("GET", path, Accept="application/json;as=Table;v=v1;g=meta.k8s.io"),
        ]
        assert all(
            answer.status < 500 or answer.json["message"].startswith("failed to create typed patch object")
            for answer in answers
        )

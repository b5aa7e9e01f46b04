"""What Kubernetes does by itself: workloads make and replace pods, garbage is collected, jobs end."""

from typing import Any

import pytest

from eksgpu.engine.clock import SteppedClock
from eksgpu.sandbox.kubernetes.api import Api
from tests.unit.sandbox.kubernetes.objects import (
    DEPLOYMENTS,
    MERGE,
    PODS,
    Call,
    Kubelets,
    add_node,
    config_map,
    job,
    pod_spec,
    workload,
)

WEB = f"{DEPLOYMENTS}/web"
SETS = "/apis/apps/v1/namespaces/default/replicasets"
JOBS = "/apis/batch/v1/namespaces/default/jobs"


@pytest.fixture
def kubelets(api: Api) -> Kubelets:
    add_node(api, "n1")
    return Kubelets(api)


def pods(call: Call) -> list[Any]:
    found: list[Any] = call("GET", PODS).json["items"]
    return found


def images(call: Call) -> list[str]:
    return sorted(row["spec"]["containers"][0]["image"] for row in pods(call))


def conditions(found: Any) -> dict[str, tuple[str, str]]:
    return {row["type"]: (row["status"], row["reason"]) for row in found["status"]["conditions"]}


def test_a_deployment_runs_its_pods(call: Call, kubelets: Kubelets) -> None:
    call("POST", DEPLOYMENTS, workload("Deployment", replicas=3))
    found = call("GET", WEB).json
    assert found["status"]["readyReplicas"] == found["status"]["updatedReplicas"] == 3
    assert found["status"]["observedGeneration"] == found["metadata"]["generation"]
    assert conditions(found) == {
        "Available": ("True", "MinimumReplicasAvailable"),
        "Progressing": ("True", "NewReplicaSetAvailable"),
    }
    assert found["metadata"]["annotations"]["deployment.kubernetes.io/revision"] == "1"


def test_a_deleted_pod_is_replaced(call: Call, kubelets: Kubelets) -> None:
    call("POST", DEPLOYMENTS, workload("Deployment", replicas=2))
    first = pods(call)[0]["metadata"]["name"]
    call("DELETE", f"{PODS}/{first}")
    names = [row["metadata"]["name"] for row in pods(call)]
    assert len(names) == 2
    assert first not in names


def test_a_new_template_rolls_out_and_back(call: Call, kubelets: Kubelets) -> None:
    call("POST", DEPLOYMENTS, workload("Deployment", replicas=3))
    call("PATCH", WEB, {"spec": {"template": {"spec": pod_spec(image="nginx:2")}}}, MERGE)
    assert images(call) == ["nginx:2"] * 3
    assert sorted(row["spec"]["replicas"] for row in call("GET", SETS).json["items"]) == [0, 3]
    call("PATCH", WEB, {"spec": {"template": {"spec": pod_spec()}}}, MERGE)
    assert images(call) == ["nginx:1.29"] * 3
    assert call("GET", WEB).json["metadata"]["annotations"]["deployment.kubernetes.io/revision"] == "3"
    assert len(call("GET", SETS).json["items"]) == 2


def test_a_roll_out_that_never_gets_ready_keeps_the_old_pods(api: Api, call: Call, kubelets: Kubelets) -> None:
    call("POST", DEPLOYMENTS, workload("Deployment", replicas=4))
    bad = {"nodeSelector": {"no": "where"}, **pod_spec(image="nginx:2")}
    call("PATCH", WEB, {"spec": {"template": {"spec": bad}}}, MERGE)
    found = call("GET", WEB).json
    assert found["status"]["availableReplicas"] == 3
    assert images(call) == ["nginx:1.29"] * 3 + ["nginx:2"] * 2
    assert conditions(found)["Progressing"] == ("True", "ReplicaSetUpdated")


def test_recreate_stops_the_old_pods_first(api: Api, call: Call, kubelets: Kubelets) -> None:
    call("POST", DEPLOYMENTS, workload("Deployment", replicas=2, strategy={"type": "Recreate"}))
    seen: list[list[str]] = []
    api.add_step(lambda: seen.append(images(call)) or False)  # type: ignore[func-returns-value]
    call("PATCH", WEB, {"spec": {"template": {"spec": pod_spec(image="nginx:2")}}}, MERGE)
    assert images(call) == ["nginx:2"] * 2
    assert not any({"nginx:1.29", "nginx:2"} <= set(row) for row in seen)


def test_scale_goes_both_ways(call: Call, kubelets: Kubelets) -> None:
    call("POST", DEPLOYMENTS, workload("Deployment", replicas=1))
    scaled = call("PATCH", f"{WEB}/scale", {"spec": {"replicas": 3}}, MERGE).json
    assert scaled["spec"] == {"replicas": 3}
    assert call("GET", f"{WEB}/scale").json["status"] == {"replicas": 3, "selector": "app=web"}
    call("PATCH", f"{WEB}/scale", {"spec": {"replicas": 0}}, MERGE)
    assert pods(call) == []


def test_a_paused_deployment_waits(call: Call, kubelets: Kubelets) -> None:
    call("POST", DEPLOYMENTS, workload("Deployment", replicas=1))
    patch = {"spec": {"paused": True, "template": {"spec": pod_spec(image="nginx:2")}}}
    call("PATCH", WEB, patch, MERGE)
    assert images(call) == ["nginx:1.29"]
    call("PATCH", WEB, {"spec": {"paused": None}}, MERGE)
    assert images(call) == ["nginx:2"]


def test_old_replica_sets_are_cleaned_up(call: Call, kubelets: Kubelets) -> None:
    call("POST", DEPLOYMENTS, workload("Deployment", replicas=1, revisionHistoryLimit=1))
    for tag in range(4):
        call("PATCH", WEB, {"spec": {"template": {"spec": pod_spec(image=f"nginx:{tag}")}}}, MERGE)
    assert len(call("GET", SETS).json["items"]) == 2


def test_background_deletion_takes_everything_down(call: Call, kubelets: Kubelets) -> None:
    call("POST", DEPLOYMENTS, workload("Deployment", replicas=2))
    call("DELETE", WEB, {"propagationPolicy": "Background"})
    assert call("GET", SETS).json["items"] == pods(call) == []


def test_foreground_deletion_waits_for_dependents(api: Api, call: Call) -> None:
    add_node(api, "n1")
    call("POST", DEPLOYMENTS, workload("Deployment", replicas=1))
    call("DELETE", WEB, {"propagationPolicy": "Foreground"})
    assert call("GET", WEB).json["metadata"]["finalizers"] == ["foregroundDeletion"]
    name = pods(call)[0]["metadata"]["name"]
    api.client().delete("v1", "Pod", name, "default", grace=0)
    assert call("GET", WEB).status == 404


def test_orphans_are_set_free(call: Call, kubelets: Kubelets) -> None:
    call("POST", DEPLOYMENTS, workload("Deployment", replicas=1))
    call("DELETE", WEB, {"propagationPolicy": "Orphan"})
    left = call("GET", SETS).json["items"]
    assert len(left) == 1
    assert "ownerReferences" not in left[0]["metadata"]


def test_dependents_of_nobody_are_collected(call: Call) -> None:
    orphan = config_map()
    owner = {"apiVersion": "v1", "kind": "ConfigMap", "name": "gone", "uid": "0000"}
    orphan["metadata"]["ownerReferences"] = [owner]
    call("POST", "/api/v1/namespaces/default/configmaps", orphan)
    assert call("GET", "/api/v1/namespaces/default/configmaps/settings").status == 404


def test_a_daemon_runs_on_every_node_that_admits_it(api: Api, call: Call, kubelets: Kubelets) -> None:
    spec = {**pod_spec(), "nodeSelector": {"gpu": "yes"}}
    call("POST", "/apis/apps/v1/namespaces/default/daemonsets", workload("DaemonSet", spec=spec))
    path = "/apis/apps/v1/namespaces/default/daemonsets/web"
    assert call("GET", path).json["status"]["desiredNumberScheduled"] == 0
    taint = {"key": "nvidia.com/gpu", "effect": "NoSchedule"}
    add_node(api, "g1", labels={"gpu": "yes"})
    add_node(api, "g2", labels={"gpu": "yes"}, taints=[taint])
    assert [row["spec"]["nodeName"] for row in pods(call)] == ["g1"]
    tolerant = {"tolerations": [{"key": "nvidia.com/gpu", "operator": "Exists"}]}
    call("PATCH", path, {"spec": {"template": {"spec": tolerant}}}, MERGE)
    status = call("GET", path).json["status"]
    assert (status["numberReady"], status["updatedNumberScheduled"], status["observedGeneration"]) == (2, 2, 2)
    call("DELETE", "/api/v1/nodes/g1")
    assert [row["spec"]["nodeName"] for row in pods(call)] == ["g2"]


def test_a_stateful_set_names_its_pods_and_claims(call: Call, kubelets: Kubelets) -> None:
    claim = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
    made = workload("StatefulSet", replicas=2, volumeClaimTemplates=[{"metadata": {"name": "data"}, "spec": claim}])
    call("POST", "/apis/apps/v1/namespaces/default/statefulsets", made)
    assert [row["metadata"]["name"] for row in pods(call)] == ["web-0", "web-1"]
    claims = call("GET", "/api/v1/namespaces/default/persistentvolumeclaims").json["items"]
    assert [row["metadata"]["name"] for row in claims] == ["data-web-0", "data-web-1"]
    path = "/apis/apps/v1/namespaces/default/statefulsets/web"
    call("PATCH", path, {"spec": {"template": {"spec": pod_spec(image="nginx:2")}}}, MERGE)
    assert images(call) == ["nginx:2"] * 2
    call("PATCH", f"{path}/scale", {"spec": {"replicas": 1}}, MERGE)
    assert [row["metadata"]["name"] for row in pods(call)] == ["web-0"]


def test_a_job_completes(call: Call, kubelets: Kubelets) -> None:
    kubelets.outcome = "Succeeded"
    call("POST", JOBS, job(completions=3, parallelism=2))
    status = call("GET", f"{JOBS}/train").json["status"]
    assert status["succeeded"] == 3
    assert [row["type"] for row in status["conditions"]] == ["SuccessCriteriaMet", "Complete"]
    assert status["completionTime"]


def test_a_job_fails_after_its_retries(call: Call, kubelets: Kubelets) -> None:
    kubelets.outcome = "Failed"
    call("POST", JOBS, job(backoffLimit=2))
    found = call("GET", f"{JOBS}/train").json
    assert found["status"]["failed"] == 3
    assert conditions(found)["Failed"] == ("True", "BackoffLimitExceeded")


def test_indexed_jobs_number_their_pods(call: Call, kubelets: Kubelets) -> None:
    kubelets.outcome = "Succeeded"
    call("POST", JOBS, job(completions=3, parallelism=3, completionMode="Indexed"))
    key = "batch.kubernetes.io/job-completion-index"
    assert sorted(row["metadata"]["annotations"][key] for row in pods(call)) == ["0", "1", "2"]


def test_jobs_end_by_the_clock(call: Call, kubelets: Kubelets, clock: SteppedClock) -> None:
    call("POST", JOBS, job("slow", activeDeadlineSeconds=60))
    clock.sleep(61)
    assert conditions(call("GET", f"{JOBS}/slow").json)["Failed"] == ("True", "DeadlineExceeded")
    kubelets.outcome = "Succeeded"
    call("POST", JOBS, job("short", ttlSecondsAfterFinished=10))
    clock.sleep(11)
    assert call("GET", f"{JOBS}/short").status == 404


def test_a_suspended_job_has_no_pods(call: Call, kubelets: Kubelets) -> None:
    call("POST", JOBS, job(suspend=True))
    assert pods(call) == []
    call("PATCH", f"{JOBS}/train", {"spec": {"suspend": False}}, MERGE)
    assert len(pods(call)) == 1


def test_taints_follow_the_nodes_state(api: Api, call: Call) -> None:
    call("POST", "/api/v1/nodes", {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n"}})
    first = call("GET", "/api/v1/nodes/n").json["spec"]["taints"]
    ready = {"status": {"conditions": [{"type": "Ready", "status": "True"}]}}
    call("PATCH", "/api/v1/nodes/n/status", ready, MERGE)
    cordoned = call("PATCH", "/api/v1/nodes/n", {"spec": {"unschedulable": True}}, MERGE)
    assert first == [{"key": "node.kubernetes.io/not-ready", "effect": "NoSchedule"}]
    assert "taints" not in cordoned.json["spec"]
    held = call("GET", "/api/v1/nodes/n").json["spec"]["taints"]
    assert held == [{"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}]


def test_what_the_template_forbids_is_told_by_an_event(api: Api, call: Call) -> None:
    call("POST", DEPLOYMENTS, workload("Deployment", spec={**pod_spec(), "priorityClassName": "none"}))
    events = call("GET", "/api/v1/namespaces/default/events").json["items"]
    assert any(row["reason"] == "FailedCreate" and "PriorityClass" in row["message"] for row in events)

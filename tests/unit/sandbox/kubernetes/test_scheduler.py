"""Where pods go, and what the scheduler says when they go nowhere."""

from typing import Any

import pytest

from eksgpu.sandbox.kubernetes.api import Api
from tests.unit.sandbox.kubernetes.objects import (
    DEPLOYMENTS,
    MERGE,
    PODS,
    Call,
    Kubelets,
    add_node,
    gpus,
    pod,
    pod_spec,
    workload,
)

GPU_TAINT = {"key": "dedicated", "value": "gpu", "effect": "NoSchedule"}


def place(call: Call, spec: Any = None, name: str = "one", **labels: str) -> str:
    """The node that a new pod gets, "" for none."""
    call("POST", PODS, pod(name, spec, **labels))
    found: str = call("GET", f"{PODS}/{name}").json["spec"].get("nodeName", "")
    return found


def said(call: Call, name: str = "one") -> str:
    row = call("GET", f"{PODS}/{name}").json["status"]["conditions"][0]
    assert (row["type"], row["status"], row["reason"]) == ("PodScheduled", "False", "Unschedulable")
    message: str = row["message"]
    return message


def test_without_nodes(call: Call) -> None:
    assert place(call) == ""
    assert said(call) == "no nodes available to schedule pods"


def test_the_message_counts_every_reason(api: Api, call: Call) -> None:
    add_node(api, "a", gpus="1")
    add_node(api, "b", taints=[GPU_TAINT], gpus="8")
    add_node(api, "c", cpu="1")
    api.client().patch("v1", "Node", "c", {"spec": {"unschedulable": True}})
    assert place(call, pod_spec(resources=gpus(2))) == ""
    assert said(call) == (
        "0/3 nodes are available: 1 Insufficient nvidia.com/gpu, 1 node(s) had untolerated taint(s), "
        "1 node(s) were unschedulable. no new claims to deallocate, preemption: 0/3 nodes are available: "
        "3 Preemption is not helpful for scheduling."
    )
    events = call("GET", "/api/v1/namespaces/default/events").json["items"]
    assert [(row["reason"], row["type"]) for row in events] == [("FailedScheduling", "Warning")]


def test_a_pending_pod_goes_when_room_comes(api: Api, call: Call) -> None:
    add_node(api, "a", gpus="1")
    spec = pod_spec(resources=gpus(1))
    assert place(call, spec, "one") == "a"
    assert place(call, spec, "two") == ""
    call("DELETE", f"{PODS}/one?gracePeriodSeconds=0")
    assert call("GET", f"{PODS}/two").json["spec"]["nodeName"] == "a"
    assert place(call, spec, "three") == ""
    add_node(api, "b", gpus="1")
    assert call("GET", f"{PODS}/three").json["spec"]["nodeName"] == "b"


def test_finished_pods_free_their_room(api: Api, call: Call) -> None:
    add_node(api, "a", gpus="1")
    spec = pod_spec(resources=gpus(1))
    place(call, spec, "one")
    place(call, spec, "two")
    call("PATCH", f"{PODS}/one/status", {"status": {"phase": "Succeeded"}}, MERGE)
    assert call("GET", f"{PODS}/two").json["spec"]["nodeName"] == "a"


@pytest.mark.parametrize(
    ("term", "node"),
    [
        ({"nodeSelector": {"zone": "b"}}, "b"),
        ({"tolerations": [{"key": "dedicated", "operator": "Exists"}], "nodeSelector": {"zone": "c"}}, "c"),
        ({"tolerations": [{"key": "dedicated", "value": "other"}], "nodeSelector": {"zone": "c"}}, ""),
        ({"nodeName": "c"}, "c"),
    ],
)
def test_selectors_and_tolerations(api: Api, call: Call, term: Any, node: str) -> None:
    for name in ("a", "b", "c"):
        add_node(api, name, labels={"zone": name}, taints=[GPU_TAINT] if name == "c" else ())
    assert place(call, {**pod_spec(), **term}) == node


@pytest.mark.parametrize(
    ("expression", "node"),
    [
        ({"key": "zone", "operator": "In", "values": ["b"]}, "b"),
        ({"key": "zone", "operator": "NotIn", "values": ["a"]}, "b"),
        ({"key": "vcpus", "operator": "Gt", "values": ["8"]}, "b"),
        ({"key": "old", "operator": "DoesNotExist"}, "b"),
        ({"key": "new", "operator": "Exists"}, ""),
    ],
)
def test_required_node_affinity(api: Api, call: Call, expression: Any, node: str) -> None:
    add_node(api, "a", labels={"zone": "a", "vcpus": "8", "old": "1"})
    add_node(api, "b", labels={"zone": "b", "vcpus": "16"})
    required = {"nodeSelectorTerms": [{"matchExpressions": [expression]}]}
    affinity = {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": required}}
    assert place(call, {**pod_spec(), "affinity": affinity}) == node
    if not node:
        assert "2 node(s) didn't match Pod's node affinity/selector" in said(call)


def test_preferred_affinity_and_the_emptier_node(api: Api, call: Call) -> None:
    add_node(api, "a", labels={"zone": "a"})
    add_node(api, "b", labels={"zone": "b"}, cpu="4")
    cpu = pod_spec(resources={"requests": {"cpu": "2"}})
    preference = {"matchExpressions": [{"key": "zone", "operator": "In", "values": ["b"]}]}
    rows = [{"weight": 1, "preference": preference}]
    affinity = {"nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": rows}}
    assert place(call, {**cpu, "affinity": affinity}, "one") == "b"
    assert place(call, cpu, "two") == "a"


def test_pods_keep_apart(api: Api, call: Call) -> None:
    for name in ("a", "b"):
        add_node(api, name)
    term = {"topologyKey": "kubernetes.io/hostname", "labelSelector": {"matchLabels": {"app": "x"}}}
    affinity = {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}
    spec = {**pod_spec(), "affinity": affinity}
    assert {place(call, spec, "one", app="x"), place(call, spec, "two", app="x")} == {"a", "b"}
    assert place(call, spec, "three", app="x") == ""
    assert "2 node(s) didn't match pod anti-affinity rules" in said(call, "three")
    assert place(call, None, "four", app="x") == ""
    assert "2 node(s) didn't satisfy existing pods anti-affinity rules" in said(call, "four")


def test_pods_keep_together(api: Api, call: Call) -> None:
    add_node(api, "a", labels={"zone": "1"})
    add_node(api, "b", labels={"zone": "2"}, cpu="64")
    term = {"topologyKey": "zone", "labelSelector": {"matchLabels": {"app": "db"}}}
    affinity = {"podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}
    assert place(call, {**pod_spec(), "affinity": affinity}, "web") == ""
    assert "2 node(s) didn't match pod affinity rules" in said(call, "web")
    assert place(call, {**pod_spec(), "nodeSelector": {"zone": "1"}}, "db", app="db") == "a"
    assert place(call, {**pod_spec(), "affinity": affinity}, "web2") == "a"


def test_pods_spread(api: Api, call: Call) -> None:
    add_node(api, "a", labels={"zone": "1"}, cpu="64")
    add_node(api, "b", labels={"zone": "2"}, cpu="4")
    row = {
        "maxSkew": 1,
        "topologyKey": "zone",
        "whenUnsatisfiable": "DoNotSchedule",
        "labelSelector": {"matchLabels": {"app": "x"}},
    }
    spec = {**pod_spec(resources={"requests": {"cpu": "1"}}), "topologySpreadConstraints": [row]}
    nodes = [place(call, spec, f"p{at}", app="x") for at in range(4)]
    assert sorted(nodes) == ["a", "a", "b", "b"]
    api.client().patch("v1", "Node", "b", {"spec": {"unschedulable": True}})
    assert place(call, spec, "last", app="x") in ("a", "")


def test_host_ports_and_the_number_of_pods(api: Api, call: Call) -> None:
    add_node(api, "a", pods="2")
    spec = pod_spec(ports=[{"containerPort": 80, "hostPort": 80}])
    assert place(call, spec, "one") == "a"
    assert place(call, spec, "two") == ""
    assert "1 node(s) didn't have free ports for the requested pod ports" in said(call, "two")
    assert place(call, None, "three") == "a"
    assert place(call, None, "four") == ""
    assert "1 Too many pods" in said(call, "four")


def test_init_containers_count_by_their_largest(api: Api, call: Call) -> None:
    add_node(api, "a", cpu="4")
    init = {"name": "init", "image": "x", "resources": {"requests": {"cpu": "4"}}}
    assert place(call, {**pod_spec(resources={"requests": {"cpu": "1"}}), "initContainers": [init]}) == "a"
    assert place(call, pod_spec(resources={"requests": {"cpu": "1"}}), "two") == ""


def test_the_more_important_goes_first(api: Api, call: Call) -> None:
    row = {"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": {"name": "high"}, "value": 9}
    call("POST", "/apis/scheduling.k8s.io/v1/priorityclasses", row)
    spec = pod_spec(resources=gpus(1))
    place(call, spec, "low")
    place(call, {**spec, "priorityClassName": "high"}, "high")
    add_node(api, "a", gpus="1")
    assert call("GET", f"{PODS}/high").json["spec"].get("nodeName") == "a"
    assert "nodeName" not in call("GET", f"{PODS}/low").json["spec"]


def test_gates_and_other_schedulers_are_left_alone(api: Api, call: Call) -> None:
    add_node(api, "a")
    assert place(call, {**pod_spec(), "schedulingGates": [{"name": "wait"}]}, "gated") == ""
    assert place(call, {**pod_spec(), "schedulerName": "mine"}, "foreign") == ""
    call("PATCH", f"{PODS}/gated", {"spec": {"schedulingGates": None}}, MERGE)
    assert call("GET", f"{PODS}/gated").json["spec"]["nodeName"] == "a"


def test_many_gpu_pods_settle_on_new_nodes(api: Api, call: Call) -> None:
    Kubelets(api)
    call("POST", DEPLOYMENTS, workload("Deployment", spec=pod_spec(resources=gpus(1)), replicas=320))
    for at in range(40):
        add_node(api, f"n{at:03}", gpus="8", pods="110")
    assert call("GET", f"{DEPLOYMENTS}/web").json["status"]["readyReplicas"] == 320


def ranked(call: Call, name: str, value: int, **own: Any) -> Any:
    """What makes a pod of that priority, with one GPU."""
    meta = {"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": {"name": name}, "value": value}
    call("POST", "/apis/scheduling.k8s.io/v1/priorityclasses", {**meta, **own})
    return {**pod_spec(resources=gpus(1)), "priorityClassName": name}


def test_who_is_sent_away_keeps_its_place_until_it_is_gone_and_nobody_else_takes_it(api: Api, call: Call) -> None:
    add_node(api, "a", gpus="2")
    high, low = ranked(call, "high", 1000), pod_spec(resources=gpus(1))
    place(call, low, "low-1")
    place(call, low, "low-2")
    assert place(call, {**high, **pod_spec(resources=gpus(2))}, "two") == ""
    status = call("GET", f"{PODS}/two").json["status"]
    assert (status["nominatedNodeName"], said(call, "two")) == (
        "a", "0/1 nodes are available: 1 Insufficient nvidia.com/gpu.",
    )  # fmt: skip
    for name in ("low-1", "low-2"):
        victim = call("GET", f"{PODS}/{name}").json
        assert victim["metadata"]["deletionTimestamp"]
        assert victim["status"]["conditions"][-1]["reason"] == "PreemptionByScheduler"
    call("DELETE", f"{PODS}/low-1?gracePeriodSeconds=0")
    assert said(call, "two").endswith("not eligible due to a terminating pod on the nominated node.")
    assert place(call, low, "low-3") == place(call, high, "high-1") == ""
    call("DELETE", f"{PODS}/low-2?gracePeriodSeconds=0")
    bound = call("GET", f"{PODS}/two").json
    assert (bound["spec"]["nodeName"], bound["status"].get("nominatedNodeName")) == ("a", None)
    assert said(call, "high-1").endswith("1 No preemption victims found for incoming pod.")


def test_as_few_go_as_can_and_those_that_a_budget_protects_last(api: Api, call: Call) -> None:
    add_node(api, "a", gpus="3")
    low = pod_spec(resources=gpus(1))
    place(call, low, "guarded", app="guarded")
    place(call, ranked(call, "mid", 10), "mid")
    place(call, low, "old")
    budget = {"minAvailable": 1, "selector": {"matchLabels": {"app": "guarded"}}}
    kind = {"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": "b"}, "spec": budget}
    call("POST", "/apis/policy/v1/namespaces/default/poddisruptionbudgets", kind)
    high = ranked(call, "high", 1000)
    for name, gone in (("h-1", ["old"]), ("h-2", ["mid", "old"]), ("h-3", ["guarded", "mid", "old"])):
        place(call, high, name)
        pods = call("GET", PODS).json["items"]
        assert [row["metadata"]["name"] for row in pods if "deletionTimestamp" in row["metadata"]] == gone

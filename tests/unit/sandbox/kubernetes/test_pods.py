"""Pods' own doors: logs, exec, binding, eviction, graceful deletion, and what admission adds to them."""

import base64
import json
from datetime import UTC, datetime
from typing import Any

from eksgpu.sandbox.kubernetes.api import Api
from eksgpu.sandbox.kubernetes.execute import answer as run_in
from eksgpu.sandbox.kubernetes.http import Request
from tests.unit.sandbox.kubernetes.objects import (
    DEPLOYMENTS,
    PODS,
    Call,
    Kubelets,
    add_node,
    gpus,
    pod,
    pod_spec,
    workload,
)

WEBSOCKET = {
    "Upgrade": "websocket",
    "Sec-WebSocket-Key": base64.b64encode(b"0123456789abcdef").decode(),
    "Sec-WebSocket-Protocol": "v5.channel.k8s.io",
}


def running(api: Api, call: Call, spec: Any = None) -> str:
    """The uid of a pod that runs on a node."""
    add_node(api, "n1")
    Kubelets(api)
    uid: str = call("POST", PODS, pod(spec=spec)).json["metadata"]["uid"]
    return uid


def test_logs_whole_tailed_and_stamped(api: Api, call: Call) -> None:
    uid = running(api, call)
    api.logs.append(uid, "app", "first\nsecond", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))
    assert call("GET", f"{PODS}/one/log").body == b"first\nsecond\n"
    assert call("GET", f"{PODS}/one/log?tailLines=1").body == b"second\n"
    assert call("GET", f"{PODS}/one/log?tailLines=1&timestamps=true").body == (
        b"2026-01-02T03:04:05.000000000Z second\n"
    )
    api.logs.restart(uid, "app")
    assert call("GET", f"{PODS}/one/log").body == b""
    assert call("GET", f"{PODS}/one/log?previous=true").body == b"first\nsecond\n"


def test_followed_logs_go_on_until_the_pod_ends(api: Api, call: Call) -> None:
    uid = running(api, call)
    api.logs.append(uid, "app", "first")
    stream = call("GET", f"{PODS}/one/log?follow=true").stream
    assert stream is not None
    assert stream.read() == b"first\n"
    assert stream.read() == b""
    api.logs.append(uid, "app", "second")
    assert stream.read() == b"second\n"
    call("DELETE", f"{PODS}/one")
    assert stream.read() is None


def test_logs_need_a_started_container_with_a_name(api: Api, call: Call) -> None:
    call("POST", PODS, pod("waiting"))
    assert call("GET", f"{PODS}/waiting/log").status == 204
    two = {"containers": [{"name": "a", "image": "x"}, {"name": "b", "image": "x"}]}
    running(api, call, two)
    assert "choose one of: [a b]" in call("GET", f"{PODS}/one/log").json["message"]
    assert "container c is not valid" in call("GET", f"{PODS}/one/log?container=c").json["message"]
    assert call("GET", f"{PODS}/one/log?container=b").status == 200


def test_exec_answers_in_frames(api: Api, call: Call) -> None:
    running(api, call)
    api.execute = lambda namespace, name, container, command: (f"{namespace}/{name}/{container}: {command}", "oh", 3)
    done = call("GET", f"{PODS}/one/exec?command=nvidia-smi&command=-L&stdout=true", **WEBSOCKET)
    assert done.status == 101
    assert done.headers["Sec-WebSocket-Protocol"] == "v5.channel.k8s.io"
    out = b"\x01default/one/app: ['nvidia-smi', '-L']"
    assert done.body.startswith(bytes([0x82, len(out)]) + out + bytes([0x82, 3]) + b"\x02oh")
    status = json.loads(done.body.partition(b"\x03{")[2].rpartition(b"\x88")[0].join((b"{", b"")))
    assert status["details"]["causes"] == [{"reason": "ExitCode", "message": "3"}]


def test_exec_needs_a_program_runner_and_a_websocket(api: Api, call: Call) -> None:
    running(api, call)
    assert call("GET", f"{PODS}/one/exec?command=ls", **WEBSOCKET).status == 501
    api.execute = lambda *_: ("", "", 0)
    assert call("POST", f"{PODS}/one/exec?command=ls").status == 400


def test_proxy_fetches_what_a_pod_serves_and_says_why_it_cannot(api: Api, call: Call) -> None:
    running(api, call)
    api.client().patch("v1", "Pod", "one", {"status": {"podIP": "10.0.0.7"}}, "default", subresource="status")
    served = {("default", "one", 9400, "/metrics"): "up 1\n", ("default", "one", 80, "/"): "hello\n"}
    api.cluster.page = lambda *asked: served.get(asked)
    assert call("GET", f"{PODS}/one:9400/proxy/metrics").body == b"up 1\n"
    assert call("GET", f"{PODS}/one/proxy").body == call("GET", f"{PODS}/one/proxy/").body == b"hello\n"
    silent = call("GET", f"{PODS}/one:9400/proxy/a/b")
    assert (silent.status, silent.json["reason"]) == (503, "ServiceUnavailable")
    assert silent.json["message"].endswith(":9400: connect: connection refused")
    assert call("GET", f"{PODS}/two:9400/proxy/metrics").json["message"] == 'pods "two" not found'
    assert call("GET", f"{PODS}/one:metrics/proxy/").status == 400
    assert call("POST", f"{PODS}/one:9400/proxy/metrics").status == 405
    assert call("GET", f"{PODS}/one/log/more").status == 404
    call("POST", PODS, pod("waiting"))
    assert call("GET", f"{PODS}/waiting:80/proxy/").json["message"] == "address not allowed"


def test_long_output_is_cut_into_frames(api: Api, call: Call) -> None:
    running(api, call)
    api.execute = lambda *_: ("x" * 70_000, "", 0)
    found = api.client().get("v1", "Pod", "one", "default")
    done = run_in(api.cluster, found, Request("GET", "/?command=x", WEBSOCKET))
    assert done.body.count(b"\x82\x7e") == 3


def test_binding_assigns_a_pod_once(call: Call) -> None:
    call("POST", PODS, pod())
    for node, status in (("n9", 201), ("n8", 409)):
        binding = {"metadata": {"name": "one"}, "target": {"kind": "Node", "name": node}}
        assert call("POST", f"{PODS}/one/binding", binding).status == status


def test_a_pod_on_a_node_is_deleted_by_its_kubelet(api: Api, call: Call) -> None:
    add_node(api, "n1")
    call("POST", PODS, pod())
    going = call("DELETE", f"{PODS}/one").json["metadata"]
    assert (going["deletionTimestamp"], going["deletionGracePeriodSeconds"]) == ("2026-11-22T12:00:30Z", 30)
    assert call("GET", f"{PODS}/one").status == 200
    api.client("kubelet").delete("v1", "Pod", "one", "default", grace=0)
    assert call("GET", f"{PODS}/one").status == 404


def test_a_pod_without_a_node_goes_at_once(call: Call) -> None:
    call("POST", PODS, pod())
    call("DELETE", f"{PODS}/one")
    assert call("GET", f"{PODS}/one").status == 404


def test_eviction_keeps_to_the_disruption_budget(api: Api, call: Call) -> None:
    add_node(api, "n1")
    Kubelets(api)
    call("POST", DEPLOYMENTS, workload("Deployment", replicas=2))
    budget = {"minAvailable": 2, "selector": {"matchLabels": {"app": "web"}}}
    meta = {"name": "b", "namespace": "default"}
    made = {"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": meta, "spec": budget}
    api.client().create(made)
    name = call("GET", PODS).json["items"][0]["metadata"]["name"]
    refused = call("POST", f"{PODS}/{name}/eviction", {"metadata": {"name": name}})
    assert (refused.status, refused.json["reason"]) == (429, "TooManyRequests")
    assert "needs 2 healthy pods and has 2 currently" in refused.json["details"]["causes"][0]["message"]
    call("PATCH", DEPLOYMENTS + "/web", {"spec": {"replicas": 3}}, "application/merge-patch+json")
    assert call("POST", f"{PODS}/{name}/eviction", {"metadata": {"name": name}}).status == 201
    assert call("GET", f"{PODS}/{name}").status == 404


def test_gpu_pods_tolerate_the_taint_of_their_resource(call: Call) -> None:
    made = call("POST", PODS, pod(spec=pod_spec(resources=gpus(1)))).json["spec"]
    assert {"key": "nvidia.com/gpu", "operator": "Exists"} in made["tolerations"]
    assert made["serviceAccountName"] == "default"
    assert made["priority"] == 0


def test_a_priority_class_must_exist(call: Call) -> None:
    spec = {**pod_spec(), "priorityClassName": "high"}
    assert call("POST", PODS, pod(spec=spec)).status == 403
    row = {"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": {"name": "high"}, "value": 9}
    call("POST", "/apis/scheduling.k8s.io/v1/priorityclasses", row)
    assert call("POST", PODS, pod(spec=spec)).json["spec"]["priority"] == 9

"""Nodes of node groups, pods and their logs, device plugins, image pulls."""

from typing import Any

import pytest

from eksgpu.sandbox.controllers.pull import pull, spoken
from eksgpu.sandbox.kubernetes.failure import ApiError

from .memory import MemoryApi
from .stage import BEARS_CONTROLLER, BEARS_GPU, Stage, system_machine

PRIVATE = "123456789012.dkr.ecr.us-west-2.amazonaws.com"


def test_nodes_of_a_group_come_ready_with_their_labels_and_a_lease() -> None:
    stage = Stage(karpenter=False)
    names = [node["metadata"]["name"] for node in stage.api.of("Node")]
    assert names == [system_machine(1).name, system_machine(2).name]
    node = stage.api.of("Node")[0]
    assert node["status"]["allocatable"]["cpu"] == "1930m"
    assert [lease["metadata"]["name"] for lease in stage.api.of("Lease")] == names


def test_a_lease_is_renewed_and_a_node_without_network_has_none() -> None:
    stage = Stage(karpenter=False)
    before = stage.api.of("Lease")[0]["spec"]["renewTime"]
    stage.pass_time(60)
    assert stage.api.of("Lease")[0]["spec"]["renewTime"] > before
    stage.cloud.group = [system_machine(1, ready=False)]
    stage.pass_time(5)
    (node,) = stage.api.of("Node")
    ready = next(each for each in node["status"]["conditions"] if each["type"] == "Ready")
    assert ready["status"] == "False"
    assert "cni plugin not initialized" in ready["message"]


def test_a_batch_pod_ends_and_one_that_serves_does_not() -> None:
    stage = Stage(karpenter=False)
    stage.pod("batch", restartPolicy="Never", tolerations=BEARS_CONTROLLER, command=["echo", "hello", "world"])
    stage.pod("web", tolerations=BEARS_CONTROLLER)
    stage.pass_time(60)
    assert (stage.status("batch"), stage.status("web")) == ("Succeeded", "Running")
    uid = stage.api.get("Pod", "batch", "default")["metadata"]["uid"]
    assert stage.logs[uid, "main"] == ["hello world"]


@pytest.mark.parametrize("nth", range(6))
def test_what_the_api_refuses_for_once_is_tried_again(monkeypatch: pytest.MonkeyPatch, nth: int) -> None:
    stage, write, left = Stage(karpenter=False), MemoryApi.patch, [nth]

    def refusing(api: MemoryApi, api_version: str, kind: str, *rest: Any, **named: Any) -> Any:
        if kind == "Pod" and named.get("subresource"):  # a kubelet
            left[0] -= 1
            if left[0] == -1:
                raise ApiError(500, "InternalError", "for once")
        return write(api, api_version, kind, *rest, **named)

    monkeypatch.setattr(MemoryApi, "patch", refusing)
    for name in ("one", "two"):
        stage.pod(name, f"{PRIVATE}/big:1", restartPolicy="Never", tolerations=BEARS_CONTROLLER)
    with pytest.raises(ApiError, match="for once"):
        stage.pass_time(600)
    stage.pass_time(600)
    assert (stage.status("one"), stage.status("two")) == ("Succeeded", "Succeeded")


def test_a_pod_may_say_how_it_ends() -> None:
    stage = Stage(karpenter=False)
    annotations = {"sandbox.eksgpu.dev/run-seconds": "100", "sandbox.eksgpu.dev/exit-code": "3"}
    stage.pod("crash", restartPolicy="Never", tolerations=BEARS_CONTROLLER, annotations=annotations)
    stage.pass_time(50)
    assert stage.status("crash") == "Running"
    stage.pass_time(60)
    assert stage.status("crash") == "Failed"
    state = stage.api.get("Pod", "crash", "default")["status"]["containerStatuses"][0]["state"]
    assert state["terminated"]["exitCode"] == 3


def test_a_deleted_pod_goes_for_good() -> None:
    stage = Stage(karpenter=False)
    stage.pod("web", tolerations=BEARS_CONTROLLER)
    stage.pass_time(10)
    stage.api.delete("v1", "Pod", "web", "default")
    stage.pass_time(1)
    assert stage.api.of("Pod") == []


def test_a_machine_that_goes_takes_its_node_and_pods_along() -> None:
    stage = Stage(karpenter=False)
    stage.pod("web", tolerations=BEARS_CONTROLLER, node=system_machine(1).name)
    stage.cloud.group = [system_machine(2)]
    stage.pass_time(5)
    assert [node["metadata"]["name"] for node in stage.api.of("Node")] == [system_machine(2).name]
    assert stage.api.of("Pod") == []


def test_the_smoke_pod_shows_a_table_that_says_it_is_simulated() -> None:
    stage = Stage()
    stage.pod(
        "smoke",
        "nvidia/cuda:12.8.1-base-ubuntu24.04",
        command=["nvidia-smi"],
        limits={"nvidia.com/gpu": "2"},
        tolerations=BEARS_GPU,
        restartPolicy="Never",
    )
    while stage.status("smoke") not in ("Succeeded", "Failed"):
        stage.pass_time(5)
    assert stage.status("smoke") == "Succeeded"
    (table,) = stage.logs[stage.api.get("Pod", "smoke", "default")["metadata"]["uid"], "main"]
    assert "SIMULATED" in table
    assert table.count("NVIDIA H100") == 2
    assert len({len(line) for line in table.splitlines() if line.startswith(("|", "+"))}) == 1


def test_programs_inside_a_container() -> None:
    stage = Stage()
    stage.pod("trainer", limits={"nvidia.com/gpu": "8"}, tolerations=BEARS_GPU)
    stage.pass_time(800)
    listing, _, code = stage.fleet.execute("default", "trainer", "main", ["nvidia-smi", "-L"])
    assert (listing.count("NVIDIA H100"), code) == (8, 0)
    _, error, code = stage.fleet.execute("kube-system", "karpenter-1", "main", ["nvidia-smi"])
    assert code == 127
    assert "has no GPU" in error


def test_al2023_nodes_advertise_gpus_only_when_a_plugin_runs_there() -> None:
    stage = Stage(karpenter=False)
    machine = system_machine(3)
    gpu = type(machine)(
        machine.name,
        "i-gpu",
        "g5.xlarge",
        "us-west-2a",
        "10.0.0.3",
        True,
        labels={"eks.amazonaws.com/nodegroup": "gpu"},
    )
    stage.cloud.group = [gpu]
    stage.pass_time(5)
    assert stage.gpu_nodes() == []
    stage.pod("plugin", "nvcr.io/nvidia/k8s-device-plugin:v0.20.0", owner="DaemonSet", node=machine.name)
    stage.pass_time(30)
    (node,) = stage.gpu_nodes()
    assert node["status"]["allocatable"]["nvidia.com/gpu"] == "1"


def test_usage_is_shown_for_nodes_and_pods() -> None:
    stage = Stage(karpenter=False)
    stage.pod("web", tolerations=BEARS_CONTROLLER, limits={"cpu": "900m", "memory": "300Mi"})
    stage.pass_time(10)
    assert stage.fleet.metrics("pods")[0]["containers"][0]["usage"] == {"cpu": "300m", "memory": "102400Ki"}
    assert {one["name"] for one in stage.fleet.metrics("nodes")} == {system_machine(1).name, system_machine(2).name}


@pytest.mark.parametrize(
    ("image", "downloads", "mbps", "took"),
    [
        ("public.ecr.aws/deep-learning-containers/vllm:server-cuda-v1.0.0", 30, 3_200_000, "2m27s"),
        (f"{PRIVATE}/vllm:1", 30, 3_200_000, "34.9s"),
        (f"{PRIVATE}/wan2.1:v1", 30, 3_200_000, "29.7s"),
    ],
)
def test_the_seeds_three_pulls(image: str, downloads: int, mbps: int, took: str) -> None:
    assert spoken(pull(image, downloads=downloads, network_mbps=mbps).seconds) == took


def test_soci_is_faster_than_none_and_more_downloads_than_fewer() -> None:
    times = [pull(f"{PRIVATE}/vllm:1", downloads=count, network_mbps=12_500).seconds for count in (0, 10, 20, 30)]
    assert times == sorted(times, reverse=True)
    assert len(set(times)) == 4


def test_the_pull_is_told_by_events_as_a_kubelet_tells_it_and_done_once_a_node() -> None:
    stage = Stage()
    for name in ("one", "two"):
        stage.pod(name, f"{PRIVATE}/vllm:1", limits={"nvidia.com/gpu": "4"}, tolerations=BEARS_GPU)
    stage.pass_time(800)
    assert {stage.status(name) for name in ("one", "two")} == {"Running"}
    (told,) = [message for message in stage.said("Pulled") if "Successfully" in message and "vllm" in message]
    assert told.startswith(f'Successfully pulled image "{PRIVATE}/vllm:1" in 34.9s (34.9s including waiting).')
    assert told.endswith("Image size: 14240000000 bytes.")

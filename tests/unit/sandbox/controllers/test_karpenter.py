"""Karpenter's behaviour from a pending pod to a node with GPUs and back to nothing."""

from .stage import BEARS_GPU, Stage


def gpu_pod(stage: Stage, name: str, gpus: int = 8, **options: object) -> None:
    stage.pod(name, limits={"nvidia.com/gpu": str(gpus)}, tolerations=BEARS_GPU, **options)  # type: ignore[arg-type]


def test_a_gpu_pod_gets_a_p5_on_spot_and_runs() -> None:
    stage = Stage()
    gpu_pod(stage, "trainer")
    stage.pass_time(600)
    assert stage.status("trainer") == "Running"
    (node,) = stage.gpu_nodes()
    labels = node["metadata"]["labels"]
    assert labels["node.kubernetes.io/instance-type"] == "p5.48xlarge"
    assert labels["karpenter.sh/capacity-type"] == "spot"
    assert labels["karpenter.sh/nodepool"] == "p5-gpu-h100"
    assert node["status"]["allocatable"]["nvidia.com/gpu"] == "8"
    (claim,) = stage.api.of("NodeClaim")
    held = [each["type"] for each in claim["status"]["conditions"] if each["status"] == "True"]
    assert held == ["Launched", "Registered", "Initialized", "Ready"]
    assert stage.said("Nominated") == [f"Pod should schedule on: nodeclaim/{claim['metadata']['name']}"]


def test_small_pods_get_one_cheap_node_without_gpus() -> None:
    stage = Stage()
    for number in range(3):
        stage.pod(f"web-{number}", limits={"cpu": "1", "memory": "1Gi"})
    stage.pass_time(120)
    assert {stage.status(f"web-{number}") for number in range(3)} == {"Running"}
    (order,) = stage.cloud.instances.values()
    assert order.node_pool == "default"
    assert order.capacity_type == "spot"


def test_the_empty_node_goes_and_everything_ends() -> None:
    stage = Stage()
    gpu_pod(stage, "trainer")
    stage.pass_time(600)
    stage.api.delete("v1", "Pod", "trainer", "default")
    stage.pass_time(29)
    assert len(stage.cloud.instances) == 1
    stage.pass_time(120)
    assert stage.cloud.instances == {}
    assert stage.api.of("NodeClaim") == []
    assert stage.gpu_nodes() == []


def test_an_instance_that_somebody_ended_is_replaced() -> None:
    stage = Stage()
    gpu_pod(stage, "trainer")
    stage.pass_time(600)
    stage.cloud.instances.clear()
    stage.pass_time(200)
    assert stage.gpu_nodes() == stage.api.of("NodeClaim") == []
    gpu_pod(stage, "next")
    stage.pass_time(600)
    assert stage.status("next") == "Running"


def test_daemons_do_not_keep_a_node() -> None:
    stage = Stage()
    stage.pod("web", limits={"cpu": "1"})
    stage.pass_time(120)
    (order,) = stage.cloud.instances.values()
    node = next(one for one in stage.api.of("Node") if one["metadata"]["labels"].get("karpenter.sh/nodepool"))
    stage.pod("agent", owner="DaemonSet", node=node["metadata"]["name"])
    stage.api.delete("v1", "Pod", "web", "default")
    stage.pass_time(200)
    assert order not in stage.cloud.instances.values()
    assert [pod["metadata"]["name"] for pod in stage.api.of("Pod")] == ["karpenter-1"]


def test_without_capacity_in_one_zone_the_next_is_tried() -> None:
    stage = Stage()
    stage.cloud.dry = ["spot/p5.48xlarge/us-west-2a"]
    gpu_pod(stage, "trainer")
    stage.pass_time(30)
    (order,) = stage.cloud.instances.values()
    assert order.zone == "us-west-2b"


def test_without_capacity_anywhere_the_pod_waits_until_there_is_some() -> None:
    stage = Stage()
    stage.cloud.dry = ["*/p5.48xlarge/*"]
    gpu_pod(stage, "trainer")
    stage.pass_time(60)
    assert stage.status("trainer") == "Pending"
    assert stage.api.of("NodeClaim") == []
    assert "insufficient capacity" in stage.said("InsufficientCapacityError")[0]
    stage.cloud.dry = []
    stage.pass_time(800)
    assert stage.status("trainer") == "Running"


def test_limits_are_kept_and_told() -> None:
    stage = Stage()
    for number in range(3):
        gpu_pod(stage, f"job-{number}")
    stage.pass_time(600)
    assert len(stage.cloud.instances) == 2
    assert any("limit" in message for message in stage.said("FailedScheduling"))
    pool = stage.api.get("NodePool", "p5-gpu-h100")
    assert pool["status"]["resources"]["nvidia.com/gpu"] == "16"


def test_a_node_is_shared_before_another_is_started() -> None:
    stage = Stage()
    gpu_pod(stage, "one", 4)
    stage.pass_time(3)
    gpu_pod(stage, "two", 4)
    stage.pass_time(600)
    assert len(stage.cloud.instances) == 1
    assert stage.status("two") == "Running"


def test_a_deleted_pool_takes_its_nodes_along_and_the_class_its_profile() -> None:
    stage = Stage()
    gpu_pod(stage, "trainer")
    stage.pass_time(600)
    stage.api.delete("karpenter.sh/v1", "NodePool", "p5-gpu-h100")
    stage.api.delete("karpenter.k8s.aws/v1", "EC2NodeClass", "h100-gpu")
    stage.pass_time(5)
    assert "h100-gpu" in stage.cloud.profiles
    stage.pass_time(200)
    assert stage.cloud.instances == {}
    assert [one["metadata"]["name"] for one in stage.api.of("NodePool")] == ["default"]
    assert stage.cloud.profiles == {"default"}


def test_without_karpenters_pods_nothing_comes() -> None:
    stage = Stage()
    stage.api.delete("v1", "Pod", "karpenter-1", "kube-system", grace=0)
    gpu_pod(stage, "trainer")
    stage.pass_time(600)
    assert stage.cloud.instances == {}


def test_pools_and_classes_say_that_they_are_ready() -> None:
    stage = Stage()
    for kind, names in (("NodePool", {"default", "p5-gpu-h100"}), ("EC2NodeClass", {"default", "h100-gpu"})):
        ready = {
            one["metadata"]["name"]
            for one in stage.api.of(kind)
            if any(each["type"] == "Ready" and each["status"] == "True" for each in one["status"]["conditions"])
        }
        assert ready == names


def test_the_log_tells_what_karpenter_did() -> None:
    stage = Stage()
    gpu_pod(stage, "trainer")
    stage.pass_time(600)
    uid = stage.api.get("Pod", "karpenter-1", "kube-system")["metadata"]["uid"]
    text = "\n".join(stage.logs[uid, "main"])
    told = ["found provisionable pod(s)", "created nodeclaim", "launched nodeclaim", "initialized nodeclaim"]
    assert [text.index(words) for words in told] == sorted(text.index(words) for words in told)


def test_at_rest_nothing_is_written() -> None:
    stage = Stage()
    gpu_pod(stage, "trainer")
    stage.pass_time(600)
    before = stage.api.writes
    stage.settle()
    assert stage.api.writes == before


def test_two_hundred_gpu_pods_get_25_nodes_at_once() -> None:
    stage = Stage()
    stage.api.patch("", "NodePool", "p5-gpu-h100", {"spec": {"limits": None}})
    for number in range(200):
        gpu_pod(stage, f"one-{number}", 1)
    stage.api.schedule()
    stage.fleet.step()
    stage.clock.sleep(2)
    stage.fleet.step()
    assert len(stage.cloud.instances) == 25

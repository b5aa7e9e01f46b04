"""The verbs that work inside a live cluster: verify, workload, status and kubeconfig, in the whole sandbox."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from eksgpu.checks.finding import Finding
from eksgpu.errors import AlreadyExists, CloudError, EksgpuError, FindingsError
from eksgpu.ops import kubeconfig, status, verify, workload
from eksgpu.ops.options import Options
from eksgpu.ops.report import StatusReport
from eksgpu.ops.workload_manifest import Wanted
from eksgpu.sandbox.clusters.control_planes import ControlPlanes
from eksgpu.sandbox.faults import Fault
from eksgpu.sandbox.kubernetes.client import InProcessClient
from tests.support.account import Account, small

POOLS = [
    {"name": "default", "instanceTypes": ["m5.xlarge"], "capacity": ["spot"]},
    {"name": "gpu", "gpu": {"name": "h100", "count": 8}, "capacity": ["spot"]},
]
COMPONENTS: dict[str, Any] = {"karpenter": {}, "dcgmExporter": {}}
DENIED = Fault("kubernetes", "list:Node", code="Forbidden", message="no", status=403, times=0)
ECR = "111122223333.dkr.ecr.us-west-2.amazonaws.com"


class Cluster:
    """One account with a cluster in it, and what was said while a verb waited."""

    def __init__(self, folder: Path) -> None:
        self.account = Account(folder, small(version="1.35", nodePools=POOLS, components=COMPONENTS))
        self.account.apply()
        self.connector = self.account.connector
        self.spec, self.folder = self.account.path, folder
        self.said: list[str] = []
        self.found: list[Finding] = []

    def verify(self, **how: Any) -> verify.VerifyReport:
        return verify.verify(self.spec, Options(), say=self.said.append, connector=self.connector, **how)

    def status(self) -> StatusReport:
        return status.status(self.spec, Options(), connector=self.connector)

    def start(self, name: str, wait: float = 1800.0, **wanted: Any) -> workload.WorkloadReport:
        self.found.clear()
        return workload.apply(
            name,
            Wanted(**wanted),
            self.spec,
            Options(),
            tell=self.found.extend,
            say=self.said.append,
            wait=wait,
            connector=self.connector,
        )

    def stop(self, name: str) -> workload.WorkloadReport:
        return workload.delete(name, self.spec, Options(), say=self.said.append, connector=self.connector)

    def pods(self) -> int:
        """How many there are in the namespace of workloads."""
        return len(self.somebody().list("v1", "Pod", "default")[0])

    def somebody(self) -> InProcessClient:
        """Somebody else with kubectl."""
        api = self.account.world.state(ControlPlanes, "us-west-2").api("demo")
        assert api is not None
        return api.client("kubectl")


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Cluster:
    return Cluster(tmp_path_factory.mktemp("cluster"))


@pytest.fixture(autouse=True)
def no_faults_are_left(cluster: Cluster) -> Iterator[None]:
    yield
    cluster.account.world.faults.clear()


def test_verify_runs_a_pod_on_a_gpu_and_leaves_nothing(cluster: Cluster) -> None:
    report = cluster.verify()
    assert report.errors == ()
    (smoke,) = report.smokes
    assert (smoke.state, smoke.pool) == ("done", "spec.nodePools[gpu]")
    assert "NVIDIA H100" in smoke.log
    gpu_node = next(row for row in report.nodes.nodes if row.name == smoke.node)
    assert (gpu_node.pool, gpu_node.gpus) == ("gpu", 8)
    assert any("p5.48xlarge of pool gpu is on its way" in line for line in cluster.said)
    assert {"nvidia/cuda:12.8.1-base-ubuntu24.04"} <= {one.image for one in report.pulls}
    assert cluster.pods() == 0
    assert json.loads(json.dumps(report.as_json()))["smoke"][0]["state"] == "done"


def test_waiting_for_capacity_that_ec2_has_not_tells_so(cluster: Cluster) -> None:
    options = cluster.account.world.options
    options["no_capacity"] = ["spot/m5.*"]
    with pytest.raises(EksgpuError, match=r"did not come: .*InsufficientInstanceCapacity"):
        cluster.start("inflate", wait=60.0, replicas=50)
    options["no_capacity"] = []
    cluster.stop("inflate")
    assert cluster.pods() == 0


def test_verify_of_a_cluster_that_lets_nobody_in(cluster: Cluster) -> None:
    cluster.account.world.faults.add(DENIED)
    with pytest.raises(CloudError, match="Forbidden"):
        cluster.verify(with_smoke=False)
    cluster.account.world.faults.clear()
    assert cluster.verify(with_smoke=False).notes == (
        "no smoke pod was run: nothing here proves that a container gets a GPU",
    )


def test_a_workload_runs_its_pulls_are_timed_and_it_goes_again(cluster: Cluster) -> None:
    report = cluster.start("vllm-h100", image=f"{ECR}/vllm:v1")
    assert [done for _, done in report.objects] == ["created", "created"]
    assert (report.ready, cluster.pods()) == (True, 1)
    # Another test may have had the same image pulled by a node that is gone.
    assert {(pull.seconds, pull.bytes) for pull in report.pulls} == {(34.9, 14_240_000_000)}
    nodes = cluster.status().nodes
    assert nodes is not None
    assert sum(row.requested for row in nodes.nodes) == 8
    assert [done for _, done in cluster.start("vllm-h100", image=f"{ECR}/vllm:v1").objects] == ["applied", "applied"]
    cluster.stop("vllm-h100")
    assert cluster.pods() == 0
    with pytest.raises(EksgpuError, match="there is no workload vllm-h100 in cluster demo"):
        cluster.stop("vllm-h100")


def test_status_says_how_busy_gpus_are_or_why_it_does_not_know(cluster: Cluster) -> None:
    cluster.start("vllm-h100", image=f"{ECR}/vllm:v1")
    figures = cluster.status().gpus
    assert figures is not None
    (node,) = figures.nodes
    assert [gpu.gpu for gpu in node.gpus] == list(range(8))
    assert {gpu.model for gpu in node.gpus} == {"NVIDIA H100"}
    assert all(gpu.busy and gpu.total_mib == 81920 and gpu.pods[0].startswith("default/vllm") for gpu in node.gpus)
    assert (figures.shared, figures.denied) == ((), "")
    asked = Fault("kubernetes", "get:Pod/proxy", code="ServiceUnavailable", message="no route", status=503, times=0)
    cluster.account.world.faults.add(asked)
    silent = cluster.status().gpus
    assert silent is not None
    assert silent.nodes[0].problem == "ServiceUnavailable: no route"
    cluster.account.world.faults.clear()
    cluster.account.world.faults.add(replace(asked, code="Forbidden", status=403))
    refused = cluster.status()
    assert refused.gpus is not None
    assert refused.gpus.denied == "you lack the right to get pods/proxy in namespace kube-system"
    assert refused.nodes is not None
    cluster.stop("vllm-h100")


def test_a_job_is_followed_to_its_end_and_its_log_shown(cluster: Cluster) -> None:
    report = cluster.start("gpu-smoke")
    assert "NVIDIA H100" in report.log
    cluster.stop("gpu-smoke")


def test_what_would_never_run_is_not_applied(cluster: Cluster) -> None:
    with pytest.raises(FindingsError, match="would never run") as refused:
        cluster.start("vllm-h100", gpus=16)
    assert "--skip-checks pod-resource-name" in (refused.value.hint or "")
    assert {one.id for one in cluster.found} == {"pod-resource-name", "image-large-public"}
    assert cluster.pods() == 0


def test_a_job_that_fails_says_so(cluster: Cluster) -> None:
    failing = cluster.folder / "failing.yaml"
    metadata = {"annotations": {"sandbox.eksgpu.dev/exit-code": "1"}}
    container = {"name": "main", "image": "busybox", "command": ["echo", "it is broken"]}
    template = {"metadata": metadata, "spec": {"restartPolicy": "Never", "containers": [container]}}
    job = {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "failing"}}
    YAML().dump({**job, "spec": {"backoffLimit": 0, "template": template}}, failing)
    with pytest.raises(EksgpuError, match=r"BackoffLimitExceeded(.|\n)*it is broken"):
        cluster.start(str(failing))
    cluster.stop(str(failing))


def test_somebody_elses_object_a_scaled_one_and_a_missing_namespace(cluster: Cluster) -> None:
    cluster.start("inflate", replicas=1)
    copied = cluster.folder / "copied.yaml"
    copied.write_text(workload.show("inflate", Wanted(), None, Options()).workload.text)
    with pytest.raises(AlreadyExists, match=r"Deployment.apps/default/inflate is there already"):
        cluster.start(str(copied))
    cluster.somebody().patch("apps/v1", "Deployment", "inflate", {"spec": {"replicas": 3}}, "default")
    cluster.start("inflate", replicas=2)
    assert cluster.pods() == 2
    with pytest.raises(EksgpuError, match='namespaces "nope" not found'):
        cluster.start("inflate", wait=0.0, namespace="nope")
    cluster.stop("inflate")


def test_status_counts_what_is_in_the_cluster_too(cluster: Cluster) -> None:
    report = cluster.status()
    assert {
        ("EC2NodeClass.karpenter.k8s.aws", 2, "2 ready"),
        ("NodePool.karpenter.sh", 2, "2 ready"),
        ("helm_release", 2, "2 ready"),
    } <= set(report.resources)
    assert report.nodes is not None
    running = sum(row.usd_per_hour or 0.0 for row in report.nodes.nodes if row.maker == "karpenter")
    assert sum(item.usd_per_hour for item in report.cost.items if item.what.startswith("nodes of pool")) == running


def test_status_goes_on_when_the_api_lets_nobody_in(cluster: Cluster) -> None:
    cluster.account.world.faults.add(DENIED)
    report = cluster.status()
    cluster.account.world.faults.clear()
    assert (report.exists, report.nodes) == (True, None)
    assert report.notes[0].startswith("what is in the cluster is not shown: ")


def test_kubeconfig_leads_to_the_cluster_and_says_when_there_is_none(cluster: Cluster) -> None:
    file = cluster.folder / "kubeconfig"
    connector = cluster.connector
    report = kubeconfig.kubeconfig(cluster.spec, Options(profile="team"), file=file, alias="d", connector=connector)
    written = YAML(typ="safe").load(file.read_text())
    assert (report.added, written["current-context"]) == (True, "d")
    assert written["clusters"][0]["cluster"]["server"] == report.server
    assert written["users"][0]["user"]["exec"]["args"][-2:] == ["--profile", "team"]
    options = Options(region="us-west-2")
    with pytest.raises(EksgpuError, match="there is no cluster other in us-west-2") as refused:
        kubeconfig.kubeconfig("other", options, file=file, connector=connector)
    assert refused.value.hint == "make it with `eksgpu apply`"

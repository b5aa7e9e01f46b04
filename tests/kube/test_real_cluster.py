"""AWS's controllers on a real control plane: EKS's tokens, pods, Karpenter's nodes, logs by kubectl."""

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from eksgpu.engine.clock import SystemClock
from eksgpu.errors import EksgpuError
from eksgpu.kube.api import KubeApi
from eksgpu.kube.helm_program import Upgrade
from eksgpu.sandbox.clusters.policies import grant
from eksgpu.sandbox.controllers.client import Object
from eksgpu.sandbox.helm.stand_in import StandIn
from eksgpu.sandbox.kubernetes.auth import MASTERS, User
from eksgpu.sandbox.real import programs
from eksgpu.sandbox.real.cluster import RealCluster
from eksgpu.sandbox.real.control_plane import ControlPlane, kubeconfig
from tests.unit.components.seed_pools import P5, h100_pool, node_class
from tests.unit.sandbox.controllers.embedded import KARPENTER_VERSION, SYSTEM
from tests.unit.sandbox.controllers.stage import DURATIONS, TinyCloud, plain, system_machine
from tests.unit.sandbox.controllers.test_on_embedded_api import workload

from .conftest import NEVER

TOKEN = "k8s-aws-v1.of-a-test"
OPERATOR = User("arn:aws:iam::111122223333:role/operator", groups=("ops", MASTERS), uid="1")
VIEW = grant("AmazonEKSViewPolicy", {"type": "cluster"})
VIEWER = User("arn:aws:iam::111122223333:role/viewer", groups=("viewers",), uid="2", grants=(VIEW,))
PAUSE = threading.Event()  # `time.sleep` does nothing in these tests

real = pytest.mark.real
present = pytest.mark.skipif(programs.folder() is None, reason="no programs of a real control plane: make kube-assets")


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealCluster]:
    users = {TOKEN: OPERATOR, "viewer": VIEWER}
    folder = tmp_path_factory.mktemp("real") / "demo"
    cluster = RealCluster(
        folder,
        cloud=TinyCloud(),
        clock=SystemClock(300),
        seconds=DURATIONS.seconds,
        authenticate=users.get,
    )
    yield cluster
    cluster.stop()
    assert not folder.exists()


@pytest.fixture
def kubectl(cluster: RealCluster, tmp_path: Path) -> Callable[..., str]:
    config = tmp_path / "config"

    def run(*words: str, token: str = TOKEN) -> str:
        config.write_text(kubeconfig(cluster.url, cluster.ca, token))
        command = [str(programs.program("kubectl")), "--kubeconfig", str(config), *words]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        return done.stdout + done.stderr

    return run


def wait(seconds: float) -> None:
    PAUSE.wait(seconds)


def eventually(true: Callable[[], Any], seconds: float = 60) -> None:
    for _ in range(int(seconds * 5)):
        if true():
            return
        PAUSE.wait(0.2)
    assert true()


SAID = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "said", "namespace": "default"},
    "spec": {
        "restartPolicy": "Never",
        "tolerations": [{"operator": "Exists"}],
        "containers": [{"name": "main", "image": "busybox", "command": ["nvidia-smi"]}],
    },
}


@real
@present
def test_a_token_is_whom_eks_says_it_is(kubectl: Callable[..., str]) -> None:
    assert OPERATOR.name in kubectl("auth", "whoami")
    assert "yes" in kubectl("auth", "can-i", "delete", "nodes")
    assert VIEWER.name in kubectl("auth", "whoami", token="viewer")
    assert "no" in kubectl("auth", "can-i", "delete", "pods", token="viewer").split()
    assert "yes" in kubectl("auth", "can-i", "list", "pods", token="viewer").split()
    assert "Unauthorized" in kubectl("get", "nodes", token="nobody's") + kubectl("auth", "whoami", token="nobody's")


@real
@present
def test_a_pod_runs_and_its_log_is_read(cluster: RealCluster, kubectl: Callable[..., str]) -> None:
    eventually(lambda: {system_machine(1).name, system_machine(2).name} <= set(kubectl("get", "nodes").split()))
    cluster.client.create(SAID)
    eventually(lambda: kubectl("get", "pod", "said", "-o", "jsonpath={.status.phase}") == "Failed")
    assert "the node of said has no GPU" in kubectl("logs", "said")
    assert "the node of said has no GPU" in kubectl("logs", "-f", "--tail=1", "said")


@real
@present
def test_vllm_comes_on_a_p5_node_and_both_go_again(cluster: RealCluster) -> None:
    client = cluster.client
    api = KubeApi(cluster.url, cluster.ca, lambda: (cluster.admin_token, NEVER), sleep=wait)
    helm = StandIn(api, sleep=wait)
    for chart, values in (("karpenter-crd", {}), ("karpenter", {"settings": {"clusterName": "demo"}, **SYSTEM})):
        helm.upgrade(Upgrade("kube-system", chart, chart, f"oci://charts/{chart}", KARPENTER_VERSION, values))
    api.close()
    client.create(plain(node_class("h100-gpu", P5).manifest))
    client.create(h100_pool().manifest)
    for manifest in workload("vllm-h100"):
        client.create({**manifest, "metadata": {**manifest["metadata"], "namespace": "default"}})
    eventually(lambda: [one["status"]["phase"] for one in _pods(cluster)] == ["Running"])
    assert len(_gpu_nodes(cluster)) == 1
    client.delete("apps/v1", "Deployment", "vllm-h100", "default")
    eventually(lambda: not _pods(cluster) and not _gpu_nodes(cluster))


def test_a_program_that_ends_is_an_error_and_leaves_nothing(tmp_path: Path) -> None:
    for name, line in {"etcd": "sleep 60", "kube-apiserver": "echo 'no such flag'; exit 1"}.items():
        (tmp_path / name).write_text(f"#!/bin/sh\necho $$ > {tmp_path / name}.pid\n{line}\n")
        (tmp_path / name).chmod(0o755)
    (tmp_path / "data").mkdir()
    with pytest.raises(EksgpuError, match="kube-apiserver ended at its start: no such flag"):
        ControlPlane(tmp_path, tmp_path / "data")
    assert not Path("/proc", (tmp_path / "etcd.pid").read_text().strip()).exists()


def test_programs_end_with_the_process_that_started_them(tmp_path: Path) -> None:
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\necho $$ > {tmp_path / 'pid'}\nexec sleep 60\n")
    program.chmod(0o755)
    code = (
        "import os, pathlib, sys; from eksgpu.sandbox.real.process import Process; "
        "Process(pathlib.Path(sys.argv[1], 'program'), folder=pathlib.Path(sys.argv[1])); "
        "sys.stdin.read(1); os.kill(os.getpid(), 9)"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdin=subprocess.PIPE) as starter:
        eventually(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text().strip())
        pid = (tmp_path / "pid").read_text().strip()
        assert Path("/proc", pid).exists()
    assert starter.returncode == -9
    eventually(lambda: not Path("/proc", pid).exists())


def _pods(cluster: RealCluster) -> list[Object]:
    return cluster.client.list("v1", "Pod", "default", labels="app=vllm-h100")[0]


def _gpu_nodes(cluster: RealCluster) -> list[str]:
    nodes, _ = cluster.client.list("v1", "Node")
    return [node["metadata"]["name"] for node in nodes if "nvidia.com/gpu" in node["status"]["allocatable"]]

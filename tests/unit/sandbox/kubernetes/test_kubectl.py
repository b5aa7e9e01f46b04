"""The real kubectl against the embedded API: what people type in an ordinary session."""

import base64
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from eksgpu.engine.clock import SystemClock
from eksgpu.sandbox.kubernetes.api import Api
from eksgpu.sandbox.kubernetes.server import serve
from tests.unit.sandbox.kubernetes.objects import Kubelets, add_node, definition, workload

KUBECTL = shutil.which("kubectl")
pytestmark = pytest.mark.skipif(KUBECTL is None, reason="kubectl is not installed")


class Session:
    """kubectl with a kubeconfig and a home of its own."""

    def __init__(self, home: Path, kubeconfig: Path) -> None:
        self.home = home
        self._env = {"PATH": os.environ["PATH"], "HOME": str(home), "KUBECONFIG": str(kubeconfig)}

    def run(self, command: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        assert KUBECTL is not None
        words = [KUBECTL, *command.split()]
        return subprocess.run(words, env=self._env, input=stdin, capture_output=True, text=True, timeout=60)

    def __call__(self, command: str, stdin: str = "") -> str:
        done = self.run(command, stdin)
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def kubectl(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    api = Api(SystemClock())
    Kubelets(api, greeting="hello")
    for name in ("n1", "n2"):
        add_node(api, name, gpus="8")
    api.metrics = lambda kind: [{"name": "n1", "usage": {"cpu": "2", "memory": "4Gi"}}] if kind == "nodes" else []
    api.execute = lambda namespace, pod, container, command: (f"{' '.join(command)} in {container}\n", "", 0)
    server = serve(api)
    home = tmp_path_factory.mktemp("kubectl")
    cluster = {"server": server.url, "certificate-authority-data": base64.b64encode(server.ca.encode()).decode()}
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "c", "cluster": cluster}],
        "users": [{"name": "u", "user": {"token": api.admin_token}}],
        "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
        "current-context": "x",
    }
    (home / "config").write_text(json.dumps(config))
    session = Session(home, home / "config")
    session("apply -f -", json.dumps(workload("Deployment", replicas=2)))
    yield session
    server.stop()


def test_looking(kubectl: Session) -> None:
    assert "Server Version: v1.35" in kubectl("version")
    assert "Ready" in kubectl("get nodes -o wide")
    assert "deployment.apps/web" in kubectl("get all")
    assert ["deployments", "deploy", "apps/v1", "true", "Deployment"] in [
        line.split() for line in kubectl("api-resources").splitlines()
    ]
    assert "RollingUpdateDeployment" in kubectl("explain deployment.spec.strategy")
    assert "2 desired | 2 updated | 2 total | 2 available" in kubectl("describe deploy web")
    assert "nvidia.com/gpu" in kubectl("describe node n1")
    assert "yes" in kubectl("auth can-i create pods")
    assert "kubernetes-admin" in kubectl("auth whoami")
    assert "n1" in kubectl("top nodes")
    assert "ScalingReplicaSet" in kubectl("get events")
    assert "SuccessfulCreate" in kubectl("events")


def test_applying_twice_changes_nothing(kubectl: Session) -> None:
    text = json.dumps(workload("Deployment", replicas=2))
    assert kubectl("apply -f -", text) == "deployment.apps/web unchanged\n"
    assert kubectl("diff -f -", text) == ""
    changed = kubectl.run("diff -f -", text.replace("nginx:1.29", "nginx:1.30"))
    assert changed.returncode == 1
    assert "nginx:1.30" in changed.stdout


def test_server_side_apply_conflicts(kubectl: Session) -> None:
    text = json.dumps(workload("Deployment", "ssa", replicas=1))
    assert kubectl("apply --server-side -f -", text) == "deployment.apps/ssa serverside-applied\n"
    other = kubectl.run(
        "apply --server-side --field-manager other -f -", text.replace('"replicas": 1', '"replicas": 3')
    )
    assert 'conflict with "kubectl": .spec.replicas' in other.stderr
    kubectl("apply --server-side --field-manager other --force-conflicts -f -", text.replace(": 1}", ": 3}"))
    kubectl("delete deploy ssa")


def test_a_deployments_life(kubectl: Session) -> None:
    kubectl("create deployment life --image=nginx:1 --replicas=2")
    assert "successfully rolled out" in kubectl("rollout status deploy/life")
    kubectl("set image deploy/life nginx=nginx:2")
    assert "successfully rolled out" in kubectl("rollout status deploy/life")
    assert "2         <none>" in kubectl("rollout history deploy/life")
    kubectl("rollout undo deploy/life")
    kubectl("scale deploy/life --replicas=3")
    kubectl("wait --for=condition=Available deploy/life --timeout=20s")
    assert kubectl("get deploy life -o jsonpath={.status.readyReplicas}") == "3"
    kubectl("delete deploy life")
    kubectl("wait --for=delete pod -l app=life --timeout=20s")


def test_logs_and_exec(kubectl: Session) -> None:
    assert "hello" in kubectl("logs deploy/web")
    assert kubectl("logs -l app=web --tail=1").count("hello") == 2
    assert kubectl("exec deploy/web -- nvidia-smi -L") == "nvidia-smi -L in app\n"


def test_create_sends_protobuf(kubectl: Session) -> None:
    kubectl("create namespace team")
    kubectl("create secret generic key -n team --from-literal=a=b")
    kubectl("create configmap map -n team --from-literal=a=b")
    kubectl("create job train -n team --image=busybox")
    assert kubectl("get secret key -n team -o jsonpath={.data.a}") == "Yg=="
    kubectl("delete namespace team")
    assert "NotFound" in kubectl.run("get namespace team").stderr


def test_nodes_are_drained(kubectl: Session) -> None:
    kubectl("label node n2 tier=x")
    kubectl("taint node n2 a=b:NoSchedule")
    kubectl("taint node n2 a-")
    kubectl("drain n2 --ignore-daemonsets --force --timeout=30s")
    assert "Ready,SchedulingDisabled" in kubectl("get node n2")
    assert kubectl("get pods -A --field-selector spec.nodeName=n2 -o name") == ""
    kubectl("uncordon n2")


def test_patches_and_annotations(kubectl: Session) -> None:
    kubectl("annotate deploy web note=yes")
    kubectl('patch deploy web -p {"spec":{"minReadySeconds":0}}')
    kubectl('patch deploy web --type=json -p [{"op":"add","path":"/metadata/labels","value":{"x":"y"}}]')
    assert kubectl("get deploy -l x=y -o name") == "deployment.apps/web\n"


def test_custom_resources(kubectl: Session) -> None:
    columns = [{"name": "Size", "type": "integer", "jsonPath": ".spec.size"}]
    kubectl("apply -f -", json.dumps(definition(additionalPrinterColumns=columns)))
    kubectl("wait --for=condition=Established crd/pools.example.com --timeout=10s")
    pool = {"apiVersion": "example.com/v1", "kind": "Pool", "metadata": {"name": "p"}, "spec": {"size": 4}}
    kubectl("apply -f -", json.dumps(pool))
    assert kubectl("get pl").split() == ["NAME", "SIZE", "p", "4"]
    refused = kubectl.run("apply -f -", json.dumps({**pool, "spec": {"size": 4, "odd": 1}}))
    assert 'unknown field "spec.odd"' in refused.stderr
    kubectl("delete crd pools.example.com")

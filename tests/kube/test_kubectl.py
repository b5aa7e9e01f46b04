"""What people type: the real kubectl on the embedded API and on a real control plane, AWS's controllers on both."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from eksgpu.engine.clock import SystemClock
from eksgpu.sandbox.controllers.client import Object
from eksgpu.sandbox.controllers.fleet import Fleet
from eksgpu.sandbox.kubernetes.api import Api
from eksgpu.sandbox.kubernetes.server import serve
from eksgpu.sandbox.real import programs
from eksgpu.sandbox.real.cluster import RealCluster
from eksgpu.sandbox.real.control_plane import kubeconfig
from tests.unit.sandbox.controllers.stage import DURATIONS, TinyCloud, system_machine
from tests.unit.sandbox.kubernetes.objects import definition

from .conftest import CLUSTERS

KUBECTL = programs.program("kubectl") or shutil.which("kubectl")
ONE, TWO = system_machine(1).name, system_machine(2).name
pytestmark = pytest.mark.skipif(KUBECTL is None, reason="there is no kubectl")


@dataclass
class Kubectl:
    """The program with a kubeconfig and a home of its own. `embedded`: not a real control plane."""

    home: Path
    embedded: bool

    def run(self, command: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        words, env = self._words(command)
        return subprocess.run(words, env=env, input=stdin, capture_output=True, text=True, timeout=60)

    def start(self, command: str) -> "subprocess.Popen[str]":
        words, env = self._words(command)
        return subprocess.Popen(words, env=env, stdout=subprocess.PIPE, text=True)

    def __call__(self, command: str, stdin: str = "") -> str:
        done = self.run(command, stdin)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def _words(self, command: str) -> tuple[list[str], dict[str, str]]:
        assert KUBECTL is not None
        env = {"PATH": os.environ["PATH"], "HOME": str(self.home), "KUBECONFIG": str(self.home / "config")}
        return [KUBECTL, *command.split()], env


@pytest.fixture(scope="module", params=CLUSTERS)
def kubectl(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kubectl]:
    home, clock = tmp_path_factory.mktemp("kubectl"), SystemClock(100)
    made = Kubectl(home, embedded=request.param == "embedded")
    if made.embedded:
        api = Api(clock)
        fleet = Fleet(
            api.client(), TinyCloud(), clock, seconds=DURATIONS.seconds, log=api.logs.append, heartbeats=False
        )
        api.add_step(fleet.step)
        api.execute, api.metrics = fleet.execute, fleet.metrics
        server = serve(api)
        url, ca, token, stop = server.url, server.ca, api.admin_token, server.stop
    else:
        cluster = RealCluster(
            home / "plane", cloud=TinyCloud(), clock=clock, seconds=DURATIONS.seconds, authenticate=lambda _: None
        )
        url, ca, token, stop = cluster.url, cluster.ca, cluster.admin_token, cluster.stop
    (home / "config").write_text(kubeconfig(url, ca, token))
    made("wait --for=create node --all --timeout=20s")
    made(f"wait --for=condition=Ready node/{ONE} node/{TWO} --timeout=20s")
    made("apply -f -", deployment("web", replicas=2))
    made("rollout status deploy/web --timeout=30s")
    yield made
    stop()


def deployment(name: str, *, replicas: int, image: str = "vllm/vllm-openai:v0.11.0") -> str:
    labels = {"app": name}
    spec: Object = {
        "tolerations": [{"key": "karpenter.sh/controller", "operator": "Exists"}],
        "terminationGracePeriodSeconds": 1,
        "containers": [{"name": "app", "image": image}],
    }
    return json.dumps({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name, "namespace": "default"},
        "spec": {
            "replicas": replicas, "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": spec},
        },
    })  # fmt: skip


def test_get(kubectl: Kubectl) -> None:
    rows = [line.split() for line in kubectl("get nodes").splitlines()]
    assert [(row[0], row[1]) for row in rows[1:]] == [(ONE, "Ready"), (TWO, "Ready")]
    assert kubectl("get pods -l app=web --no-headers").count("1/1") == 2
    assert kubectl("get deploy web -o jsonpath={.status.readyReplicas}") == "2"
    assert "deployment.apps/web" in kubectl("get all")
    assert "NotFound" in kubectl.run("get deploy none").stderr


def test_get_and_watch(kubectl: Kubectl) -> None:
    watching = kubectl.start("get configmaps -w --no-headers")
    try:
        assert watching.stdout is not None
        assert watching.stdout.readline().startswith("kube-root-ca.crt")
        kubectl("create configmap watched --from-literal=a=b")
        assert watching.stdout.readline().startswith("watched")
    finally:
        watching.kill()
        watching.communicate()
    kubectl("delete configmap watched")


def test_apply_and_diff(kubectl: Kubectl) -> None:
    text = deployment("web", replicas=2)
    assert kubectl("apply -f -", text) == "deployment.apps/web unchanged\n"
    assert kubectl("diff -f -", text) == ""
    changed = kubectl.run("diff -f -", text.replace("v0.11.0", "v0.12.0"))
    assert changed.returncode == 1
    assert "v0.12.0" in changed.stdout
    assert "v0.12.0" not in kubectl("get deploy web -o yaml")


def test_server_side_apply(kubectl: Kubectl) -> None:
    text = deployment("ssa", replicas=1)
    assert kubectl("apply --server-side -f -", text) == "deployment.apps/ssa serverside-applied\n"
    other = text.replace('"replicas": 1', '"replicas": 3')
    refused = kubectl.run("apply --server-side --field-manager other -f -", other)
    assert 'conflict with "kubectl": .spec.replicas' in refused.stderr
    kubectl("apply --server-side --field-manager other --force-conflicts -f -", other)
    assert kubectl("get deploy ssa -o jsonpath={.spec.replicas}") == "3"
    kubectl("delete deploy ssa")


def test_describe(kubectl: Kubectl) -> None:
    assert "2 desired | 2 updated | 2 total | 2 available" in kubectl("describe deploy web")
    assert "karpenter.sh/controller=true:NoSchedule" in kubectl(f"describe node {ONE}")
    assert "Successfully assigned default/web-" in kubectl("describe pods -l app=web")


def test_logs(kubectl: Kubectl) -> None:
    pod = kubectl("get pods -l app=web -o name").split()[0]
    printed = kubectl(f"logs {pod}")
    assert "Application startup complete" in printed
    assert kubectl(f"logs {pod} --tail=1") == printed.splitlines(keepends=True)[-1]
    assert kubectl("logs deploy/web") == printed
    assert kubectl("logs -l app=web --tail=-1").count("Application startup complete") == 2


def test_exec_and_top(kubectl: Kubectl) -> None:
    if not kubectl.embedded:
        pytest.skip("a real kube-apiserver streams exec by SPDY, and an aggregated metrics API cannot be on loopback")
    pod = kubectl("get pods -l app=web -o jsonpath={.items[0].metadata.name}")
    assert kubectl(f"exec {pod} -- hostname") == f"{pod}\n"
    assert kubectl("exec deploy/web -- echo a b") == "a b\n"
    missing = kubectl.run(f"exec {pod} -- rm -rf /")
    assert missing.returncode == 127
    assert ONE in kubectl("top nodes")
    assert pod in kubectl("top pods")


def test_a_rollout(kubectl: Kubectl) -> None:
    kubectl("apply -f -", deployment("life", replicas=1))
    assert "successfully rolled out" in kubectl("rollout status deploy/life --timeout=30s")
    kubectl("set image deploy/life app=vllm/vllm-openai:v0.12.0")
    assert "successfully rolled out" in kubectl("rollout status deploy/life --timeout=30s")
    kubectl("scale deploy/life --replicas=3")
    kubectl("wait --for=jsonpath={.status.readyReplicas}=3 deploy/life --timeout=30s")
    kubectl("wait --for=condition=Available deploy/life --timeout=30s")
    assert "2         <none>" in kubectl("rollout history deploy/life")
    kubectl("rollout undo deploy/life")
    assert "v0.11.0" in kubectl("get deploy life -o jsonpath={.spec.template.spec.containers[0].image}")
    kubectl("delete deploy life")
    kubectl("wait --for=delete pod -l app=life --timeout=30s")
    assert kubectl("get pods -l app=life") == ""


def test_what_there_is(kubectl: Kubectl) -> None:
    assert "RollingUpdateDeployment" in kubectl("explain deployment.spec.strategy")
    known = [line.split() for line in kubectl("api-resources").splitlines()]
    assert ["deployments", "deploy", "apps/v1", "true", "Deployment"] in known
    assert "Server Version: v1.35" in kubectl("version")
    assert "kubernetes-admin" in kubectl("auth whoami")
    assert "yes" in kubectl("auth can-i create pods")


def test_label_and_taint(kubectl: Kubectl) -> None:
    kubectl(f"label node {TWO} team=ml")
    assert kubectl("get nodes -l team=ml -o name") == f"node/{TWO}\n"
    kubectl(f"label node {TWO} team-")
    kubectl(f"taint node {TWO} gpu=true:NoSchedule")
    assert "gpu=true:NoSchedule" in kubectl(f"describe node {TWO}")
    kubectl(f"taint node {TWO} gpu-")
    assert "gpu=true" not in kubectl(f"describe node {TWO}")


def test_drain(kubectl: Kubectl) -> None:
    kubectl("apply -f -", deployment("moved", replicas=2))
    kubectl("rollout status deploy/moved --timeout=30s")
    assert "drained" in kubectl(f"drain {TWO} --ignore-daemonsets --timeout=40s")
    assert "SchedulingDisabled" in kubectl(f"get node {TWO}")
    kubectl("rollout status deploy/moved --timeout=30s")
    on = kubectl("get pods -l app=moved -o jsonpath={.items[*].spec.nodeName}").split()
    assert TWO not in on
    assert len(on) == 2
    kubectl(f"uncordon {TWO}")
    kubectl("delete deploy moved")


def test_events(kubectl: Kubectl) -> None:
    assert "ScalingReplicaSet" in kubectl("events")
    assert "Started container app" in kubectl("get events")
    pod = kubectl("get pods -l app=web -o jsonpath={.items[0].metadata.name}")
    assert "Scheduled" in kubectl(f"events --for pod/{pod}")


def test_create_sends_protobuf(kubectl: Kubectl) -> None:
    kubectl("create namespace team")
    kubectl("create secret generic key -n team --from-literal=a=b")
    kubectl("create job train -n team --image=busybox")
    assert kubectl("get secret key -n team -o jsonpath={.data.a}") == "Yg=="
    kubectl("delete namespace team --timeout=60s")
    assert "NotFound" in kubectl.run("get namespace team").stderr


def test_patches_and_annotations(kubectl: Kubectl) -> None:
    kubectl("annotate deploy web note=yes")
    kubectl('patch deploy web -p {"spec":{"minReadySeconds":0}}')
    kubectl('patch deploy web --type=json -p [{"op":"add","path":"/metadata/labels","value":{"x":"y"}}]')
    assert kubectl("get deploy -l x=y -o name") == "deployment.apps/web\n"
    kubectl("label deploy web x-")
    kubectl("annotate deploy web note-")


def test_custom_resources(kubectl: Kubectl) -> None:
    columns = [{"name": "Size", "type": "integer", "jsonPath": ".spec.size"}]
    kubectl("apply -f -", json.dumps(definition(additionalPrinterColumns=columns)))
    kubectl("wait --for=condition=Established crd/pools.example.com --timeout=10s")
    pool = {"apiVersion": "example.com/v1", "kind": "Pool", "metadata": {"name": "p"}, "spec": {"size": 4}}
    kubectl("apply -f -", json.dumps(pool))
    assert kubectl("get pl").split() == ["NAME", "SIZE", "p", "4"]
    refused = kubectl.run("apply -f -", json.dumps({**pool, "spec": {"size": 4, "odd": 1}}))
    assert 'unknown field "spec.odd"' in refused.stderr
    kubectl("delete crd pools.example.com")

"""Helm itself goes on with what the stand-in has left: it reads its releases, rolls them back and uninstalls them."""

import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from eksgpu.engine.clock import SystemClock
from eksgpu.kube.api import KubeApi
from eksgpu.kube.helm_program import Upgrade
from eksgpu.sandbox.controllers.fleet import Fleet
from eksgpu.sandbox.helm.stand_in import StandIn
from eksgpu.sandbox.kubernetes.api import Api
from eksgpu.sandbox.kubernetes.server import serve
from eksgpu.sandbox.real import programs
from tests.kube.control_plane import ControlPlane, static_kubeconfig
from tests.unit.sandbox.controllers.embedded import SYSTEM
from tests.unit.sandbox.controllers.stage import DURATIONS, TinyCloud

HELM = programs.program("helm")
pytestmark = [pytest.mark.real, pytest.mark.skipif(HELM is None, reason="there is no helm: make kube-assets")]


@pytest.fixture
def plane() -> Iterator[ControlPlane]:
    clock = SystemClock(speed=60)
    api = Api(clock)
    fleet = Fleet(
        api.client("system:sandbox"), TinyCloud(), clock, seconds=DURATIONS.seconds, log=api.logs.append,
        heartbeats=False,
    )  # fmt: skip
    api.add_step(fleet.step)
    server = serve(api)
    yield ControlPlane(server.url, server.ca, api.admin_token)
    server.stop()


def test_helm_reads_rolls_back_and_uninstalls(plane: ControlPlane, tmp_path: Path) -> None:
    kubeconfig = tmp_path / "kubeconfig"
    kubeconfig.write_text(static_kubeconfig(plane))
    token = (plane.token, datetime(2999, 1, 1, tzinfo=UTC))
    kube = KubeApi(plane.url, plane.ca, lambda: token)
    stand_in = StandIn(kube, sleep=SystemClock(speed=60).sleep)

    def helm(*words: str) -> str:
        command = [str(HELM), *words, "--namespace", "kube-system", "--kubeconfig", str(kubeconfig)]
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout

    values = {"settings": {"clusterName": "demo"}, **SYSTEM}
    for chart, version in (("karpenter-crd", "1.14.0"), ("karpenter", "1.14.0"), ("karpenter", "1.14.1")):
        stand_in.upgrade(Upgrade("kube-system", chart, chart, "", version, values))
    assert "karpenter-1.14.1" in helm("list")
    assert "clusterName: demo" in helm("get", "values", "karpenter")
    helm("rollback", "karpenter", "1", "--wait")
    states = [line.split("\t")[2].strip() for line in helm("history", "karpenter").splitlines()[1:]]
    assert states == ["superseded", "superseded", "deployed"]
    deployment = kube.get(kube.resource("apps/v1", "Deployment"), "karpenter", "kube-system")
    assert deployment["spec"]["template"]["spec"]["containers"][0]["image"].endswith(":1.14.0")
    helm("uninstall", "karpenter", "--wait")
    stand_in.uninstall("kube-system", "karpenter-crd")
    assert kube.list(kube.resource("apps/v1", "Deployment"))[0] == []
    assert len(helm("list", "--all").splitlines()) == 1
    kube.close()

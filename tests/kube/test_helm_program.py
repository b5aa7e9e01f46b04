"""A chart installed by a program over HTTPS: real helm where it is there, a stand-in otherwise.

It gets a kubeconfig and nothing else, as on a person's machine.
"""

import shutil
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from eksgpu.engine.clock import SystemClock
from eksgpu.kube.api import KubeApi
from eksgpu.kube.helm import HelmRelease
from eksgpu.kube.helm_program import HelmProgram
from eksgpu.sandbox.kubernetes.api import Api
from eksgpu.sandbox.kubernetes.server import serve
from eksgpu.sandbox.real import programs

from . import helm_stand_in
from .conftest import CLUSTERS, NEVER
from .control_plane import ControlPlane, static_kubeconfig
from .lab import Lab

CHART = """apiVersion: v2
name: web
version: 1.0.0
"""
TEMPLATE = """apiVersion: v1
kind: ConfigMap
metadata: {name: "{{ .Release.Name }}"}
data: {color: "{{ .Values.color }}"}
"""


def real_helm() -> str | None:
    """The real program, beside the control plane's or on the PATH."""
    return programs.program("helm") or shutil.which("helm")


@pytest.fixture(scope="module", params=CLUSTERS)
def served(request: pytest.FixtureRequest) -> Iterator[ControlPlane]:
    if request.param == "real":
        yield request.getfixturevalue("plane")
        return
    api = Api(SystemClock())
    server = serve(api)
    yield ControlPlane(server.url, server.ca, api.admin_token)
    server.stop()


@pytest.fixture(params=["stand-in", "real"] if real_helm() else ["stand-in"])
def program(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "real":
        found = real_helm()
        assert found is not None
        return found
    script = tmp_path / "helm"
    root = Path(__file__).parents[2]
    script.write_text(
        '#!/bin/sh\nif [ "$1" = version ]; then echo v3.99.0; exit; fi\n'
        f'PYTHONPATH={root} exec {sys.executable} -m {helm_stand_in.__name__} "$@"\n'
    )
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    return str(script)


@pytest.fixture
def lab(served: ControlPlane, program: str) -> Iterator[Lab]:
    made: list[KubeApi] = []

    def connect() -> KubeApi:
        made.append(KubeApi(served.url, served.ca, lambda: (served.token, NEVER)))
        return made[-1]

    yield Lab(connect, SystemClock(speed=20), HelmProgram(static_kubeconfig(served), program=program))
    for api in made:
        api.close()


@pytest.fixture
def chart(tmp_path: Path) -> str:
    folder = tmp_path / "web"
    (folder / "templates").mkdir(parents=True)
    (folder / "Chart.yaml").write_text(CHART)
    (folder / "templates/settings.yaml").write_text(TEMPLATE)
    return str(folder)


def release(chart: str, color: str) -> HelmRelease:
    return HelmRelease.of(
        "default", "shop", chart="web", source=chart, values={"color": color}, cluster="demo", digest="abc"
    )


def test_a_whole_life(lab: Lab, chart: str) -> None:
    lab.apply(release(chart, "blue"))
    assert lab.get("v1", "ConfigMap", "shop", "default")["data"] == {"color": "blue"}
    assert lab.plan(release(chart, "blue")).empty
    lab.apply(release(chart, "red"))
    assert lab.get("v1", "ConfigMap", "shop", "default")["data"] == {"color": "red"}
    assert lab.plan(release(chart, "red")).empty
    lab.destroy()
    assert lab.lives(all_kinds=True) == []
    assert "shop" not in lab.there("v1", "ConfigMap", "default")


@pytest.mark.skipif(real_helm() is None, reason="there is no helm")
@pytest.mark.parametrize("program", ["real"], indirect=True)
def test_what_a_crash_left_pending_is_mended(lab: Lab, chart: str) -> None:
    lab.apply(release(chart, "blue"))
    helm_stand_in.StandIn(lab.api).leave_pending(release(chart, "red").wish(lab.mark))
    assert [live.fields["status"] for live in HelmRelease.discover(lab.run)] == ["pending-upgrade"]
    lab.apply(release(chart, "red"))
    assert lab.get("v1", "ConfigMap", "shop", "default")["data"] == {"color": "red"}
    assert lab.plan(release(chart, "red")).empty
    lab.destroy()

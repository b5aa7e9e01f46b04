"""`sandbox start|status|stop` against a real daemon in a home of its own."""

import json
from pathlib import Path
from typing import Any

import pytest

from eksgpu.blueprint.cost import Cost
from eksgpu.cli import app
from eksgpu.ops.options import Options
from eksgpu.ops.report import Caller, Calls, StatusReport


def test_start_status_stop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("EKSGPU_SANDBOX_HOME", str(tmp_path / "home"))
    try:
        assert app.main(["sandbox", "start", "--speed", "200", "--output", "json"]) == 0
        started = json.loads(capsys.readouterr().out)
        assert started["speed"] == 200
        assert Path(started["configFile"]).is_file()
        assert app.main(["sandbox", "status"]) == 0
        assert started["endpoint"] in capsys.readouterr().out
    finally:
        assert app.main(["sandbox", "stop"]) == 0
    assert capsys.readouterr().out == "The sandbox has ended.\n"
    assert app.main(["sandbox", "stop", "--output", "json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"stopped": False}
    assert app.main(["sandbox", "status"]) == 0
    assert capsys.readouterr().out == "No sandbox runs.\n"


def test_any_verb_starts_it_when_needed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("EKSGPU_SANDBOX_HOME", str(tmp_path / "home"))

    def status(_: Path, options: Options, **__: Any) -> StatusReport:
        caller = Caller("1", "arn", options.region or "", "demo", sandbox=options.sandbox)
        outputs = {"endpoint": options.endpoint_url or "", "speed": f"{options.speed:g}"}
        return StatusReport(caller, True, (), (), outputs, Cost(()), Calls(0), 0.0)

    monkeypatch.setattr("eksgpu.ops.status.status", status)
    try:
        assert app.main(["status", "--sandbox", "--region", "eu-north-1"]) == 0
        shown = capsys.readouterr().out
        assert app.main(["sandbox", "status", "--output", "json"]) == 0
        running = json.loads(capsys.readouterr().out)
    finally:
        assert app.main(["sandbox", "stop"]) == 0
    assert "SANDBOX" in shown
    assert f"endpoint = {running['endpoint']}\n  speed = 60\n" in shown


def test_the_sandbox_has_no_profiles(capsys: pytest.CaptureFixture[str]) -> None:
    assert app.main(["status", "--sandbox", "--profile", "dev"]) == 1
    assert "takes no --profile" in capsys.readouterr().err


def test_speed_must_be_positive(capsys: pytest.CaptureFixture[str]) -> None:
    assert app.main(["sandbox", "start", "--speed", "0"]) == 1
    assert "--speed" in capsys.readouterr().err


def test_gpu_nodes_belong_to_a_cluster_that_is_put_in(capsys: pytest.CaptureFixture[str]) -> None:
    assert app.main(["sandbox", "start", "--gpu-nodes", "1"]) == 1
    assert "--gpu-nodes needs --with-cluster" in capsys.readouterr().err


def test_somebody_elses_cluster_is_put_in_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("EKSGPU_SANDBOX_HOME", str(tmp_path / "home"))
    start = ["sandbox", "start", "--speed", "200", "--with-cluster", "theirs"]
    try:
        assert app.main(start) == 0
        assert "It holds the EKS cluster theirs in us-west-2, with Karpenter" in capsys.readouterr().out
        assert app.main(start) == 1
        assert "there is a cluster of this name in us-west-2 already" in capsys.readouterr().err
    finally:
        app.main(["sandbox", "stop"])

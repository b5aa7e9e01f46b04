"""token, kubeconfig, workload and verify: streams and exit codes, the work behind them done or replaced."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from eksgpu.cli import app
from eksgpu.ops.nodes import NodesReport
from eksgpu.ops.report import Calls
from eksgpu.ops.verify import VerifyReport
from eksgpu.spec.template import h100_spot
from tests.unit.ui.reports import CALLER, OPEN, QUOTA

REPORT = VerifyReport(CALLER, (), NodesReport(()), (), (), Calls(4, 60), 5.2)


def test_token_is_json_alone_on_stdout(capsys: pytest.CaptureFixture[str]) -> None:
    assert app.main(["token", "--cluster", "demo", "--region", "us-west-2", "--sandbox"]) == 0
    out, err = capsys.readouterr()
    assert json.loads(out)["kind"] == "ExecCredential"
    assert err == ""
    assert app.main(["token", "--cluster", "demo", "--sandbox", "--profile", "x"]) == 1
    assert "--sandbox has an account of its own" in capsys.readouterr().err


def test_a_shown_workload_is_yaml_alone_on_stdout(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec = tmp_path / "cluster.yaml"
    spec.write_text(h100_spot())
    wanted = ("--account", "999988887777", "--region", "eu-north-1", "--replicas", "2")
    assert app.main(["workload", "show", "wan2.1-h100", str(spec), *wanted]) == 0
    out, err = capsys.readouterr()
    (deployment,) = YAML(typ="safe").load_all(out)
    assert deployment["spec"]["replicas"] == 2
    assert "999988887777.dkr.ecr.eu-north-1.amazonaws.com/wan2.1:v1" in out
    assert err == ""


def test_what_would_never_run_is_shown_all_the_same_and_exits_with_3(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spec = tmp_path / "cluster.yaml"
    spec.write_text(h100_spot())
    shown = ["workload", "show", "vllm-h100", str(spec), "--gpus", "16"]
    assert app.main(shown) == 3
    out, err = capsys.readouterr()
    assert "nvidia.com/gpu: 16" in out
    assert "error: Deployment/vllm-h100 [pod-resource-name]" in err
    assert app.main([*shown, "--skip-checks", "pod-resource-name"]) == 0


def test_list_names_what_there_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert app.main(["workload", "list", "--output", "json"]) == 0
    names = [one["name"] for one in json.loads(capsys.readouterr().out)["workloads"]]
    assert {"gpu-smoke", "inflate", "sliced-demo", "vllm-h100"} <= set(names)


@pytest.mark.parametrize(("findings", "code"), [((), 0), ((OPEN,), 0), ((OPEN, QUOTA), 3)])
def test_verify_exits_with_3_for_errors(
    findings: tuple[Any, ...], code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    given: dict[str, Any] = {}

    def verify(spec: Path, _options: Any, **how: Any) -> VerifyReport:
        given.update(how, spec=spec)
        return replace(REPORT, findings=findings)

    monkeypatch.setattr("eksgpu.ops.verify.verify", verify)
    assert app.main(["verify", "my.yaml", "--no-smoke", "--skip-checks", "nodes-ready", "--output", "json"]) == code
    assert len(json.loads(capsys.readouterr().out)["findings"]) == len(findings)
    assert (given["spec"], given["with_smoke"], given["skip_checks"]) == (Path("my.yaml"), False, {"nodes-ready"})

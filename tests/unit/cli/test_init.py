"""`init` and `schema`: a spec that loads, and what editors need beside it."""

import json
from pathlib import Path

import pytest

from eksgpu.cli import app
from eksgpu.spec.load import load


def test_writes_a_spec_that_loads_with_a_name_of_its_own(tmp_path: Path) -> None:
    files = tmp_path / "a.yaml", tmp_path / "b.yaml"
    for file in files:
        assert app.main(["init", str(file)]) == 0
    first, second = (load(file).metadata.name for file in files)
    assert first != second
    assert json.loads((tmp_path / "eksgpu.schema.json").read_text())["type"] == "object"
    assert files[0].read_text().startswith("# yaml-language-server: $schema=eksgpu.schema.json\n")


def test_takes_name_and_region(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "a.yaml"
    assert app.main(["init", str(file), "--name", "mine", "--region", "eu-north-1", "--output", "json"]) == 0
    metadata = load(file).metadata
    assert (metadata.name, metadata.region) == ("mine", "eu-north-1")
    assert json.loads(capsys.readouterr().out)["name"] == "mine"


def test_a_bad_name_is_refused_and_nothing_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "a.yaml"
    assert app.main(["init", str(file), "--name", "Not_Good"]) == 1
    assert f"{file}:" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_never_overwrites_unless_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "a.yaml"
    file.write_text("mine")
    assert app.main(["init", str(file)]) == 1
    assert "exists already" in capsys.readouterr().err
    assert file.read_text() == "mine"
    assert app.main(["init", str(file), "--force"]) == 0
    assert load(file).metadata.region == "us-west-2"


def test_stdout_gets_the_spec_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert app.main(["init", "-"]) == 0
    out, err = capsys.readouterr()
    assert "kind: GpuCluster" in out
    assert err == ""
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert app.main(["init", str(tmp_path / "no" / "a.yaml")]) == 1
    assert "cannot write" in capsys.readouterr().err


def test_schema_prints_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert app.main(["schema"]) == 0
    assert json.loads(capsys.readouterr().out)["$schema"].startswith("https://json-schema.org/")

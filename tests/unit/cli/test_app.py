"""The command as a whole: what it loads, its exit codes, and how errors come out."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from eksgpu.cli import app
from eksgpu.errors import CloudError, EksgpuError, FindingsError

HEAVY = ("boto3", "botocore", "pydantic", "ruamel", "moto", "rich", "kubernetes")
ROOMS = ("spec", "aws", "ops", "engine", "catalog", "sandbox", "ui", "checks", "blueprint", "facts")


@pytest.mark.parametrize("verb", ["", "plan", "apply", "destroy", "status", "preflight", "init", "schema", "sandbox"])
def test_help_loads_no_client_and_no_room_but_this_one(verb: str) -> None:
    code = (
        "import sys; from eksgpu.cli.app import main; assert main(sys.argv[1:]) == 0\n"
        f"print('LOADED', [m for m in {HEAVY} if m in sys.modules], "
        f"[r for r in {ROOMS} if 'eksgpu.' + r in sys.modules])"
    )
    arguments = [*([verb] if verb else []), "--help"]
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True)
    assert "Usage: eksgpu" in done.stdout
    # typer itself reads a verb's parameters with pydantic.
    assert done.stdout.splitlines()[-1] == ("LOADED ['pydantic'] []" if verb else "LOADED [] []")


def test_version_and_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert app.main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("eksgpu 0.")
    assert app.main([]) == 0
    assert "destroy" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["plam"], "Did you mean 'plan'?"),
        (["plan", "--outptu", "json"], "No such option: --outptu"),
        (["plan", "--output", "xml"], "'xml' is not one of 'text', 'json'"),
        (["apply", "--accept", "everything"], "'everything' is not one of"),
        (["sandbox"], "Missing command"),
        (["destroy", "a.yaml", "--name", "b"], "both a spec (a.yaml) and --name b say which cluster"),
    ],
)
def test_usage_errors_exit_with_1_and_say_where_help_is(
    arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert app.main(arguments) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("error: ")
    assert says in err
    assert "\nhint: " in err


def test_an_error_is_json_on_stdout_too_when_asked(capsys: pytest.CaptureFixture[str]) -> None:
    assert app.main(["plan", "--nonsense", "--output", "json"]) == 1
    out, err = capsys.readouterr()
    assert json.loads(out)["error"]["type"] == "UsageError"
    assert err.startswith("error: No such option: --nonsense")


def _fails(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    def fail() -> None:
        raise error

    monkeypatch.setattr("eksgpu.spec.schema.schema", fail)


@pytest.mark.parametrize(
    ("error", "code", "says"),
    [
        (EksgpuError("it broke", hint="mend it"), 1, "error: it broke\nhint: mend it\n"),
        (CloudError("no", code="X"), 1, "error: no\n"),
        (FindingsError("2 errors"), 3, "error: 2 errors\n"),
        (
            KeyboardInterrupt(),
            1,
            "error: interrupted\nhint: run it again: it goes on from what is there\n",
        ),
    ],
)
def test_exit_codes(
    error: BaseException, code: int, says: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _fails(monkeypatch, error)
    assert app.main(["schema"]) == code
    assert capsys.readouterr() == ("", says)


def test_what_nobody_expected_is_called_a_bug_and_its_traceback_waits_to_be_asked_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("EKSGPU_DEBUG", raising=False)
    _fails(monkeypatch, ZeroDivisionError("oh"))
    assert app.main(["schema"]) == 1
    short = capsys.readouterr().err
    assert short.startswith("error: this is a bug in eksgpu: ZeroDivisionError: oh\nhint: ")
    assert "Traceback" not in short
    monkeypatch.setenv("EKSGPU_DEBUG", "1")
    assert app.main(["schema"]) == 1
    assert "Traceback" in capsys.readouterr().err


def test_a_reader_that_goes_away_is_no_traceback() -> None:
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [sys.executable, "-m", "eksgpu", "schema"], stdout=write, stderr=subprocess.PIPE, text=True, check=False
    )
    os.close(write)
    assert (done.returncode, done.stderr) == (1, "")


def test_a_broken_spec_is_told_in_full_before_anything_is_asked_of_aws(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spec = tmp_path / "broken.yaml"
    spec.write_text(
        "apiVersion: eksgpu.dev/v1alpha1\nkind: GpuCluster\nmetadata: {name: demo, region: us-west-2}\n"
        "spec:\n  network:\n    zonez: all\n  nodeGroups:\n    - {name: system, instanceTypes: m5.large}\n"
    )
    assert app.main(["plan", str(spec)]) == 1
    err = capsys.readouterr().err
    assert f"{spec}:6:5: " in err
    assert f"{spec}:8:" in err
    assert "hint: " in err
    assert err.splitlines()[-1].startswith("error: 2 faults in the spec")
    assert app.main(["plan", str(spec), "--output", "json"]) == 1
    assert [fault["line"] for fault in json.loads(capsys.readouterr().out)["error"]["errors"]] == [6, 8]

"""Streams that are full, closed or of another alphabet: the command says so where it still can, and never breaks."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from eksgpu.cli import app

BROKEN = "apiVersion: eksgpu.dev/v1alpha1\nkind: GpuCluster\nmetadata: {name: demo, region: us-west-2}\nnetwörk: 1\n"


@pytest.fixture
def spec(tmp_path: Path) -> str:
    path = tmp_path / "broken.yaml"
    path.write_text(BROKEN, encoding="utf-8")
    return str(path)


def ran(*arguments: str, shell: str = "", **env: str) -> "subprocess.CompletedProcess[str]":
    """The command in a process of its own; `shell` redirects its streams."""
    command = ["sh", "-c", f'exec "$@" {shell}', "sh", sys.executable, "-m", "eksgpu", *arguments]
    return subprocess.run(command, env=env or None, capture_output=True, text=True, check=False)


def test_a_full_disk_behind_stdout_is_one_error() -> None:
    done = ran("schema", shell=">/dev/full")
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "error: something could not be read or written: No space left on device",
        "hint: look at disk space and rights",
    ]


def test_an_error_is_told_on_stderr_although_stdout_takes_no_json(spec: str) -> None:
    done = ran("plan", spec, "--output", "json", shell=">/dev/full")
    assert done.returncode == 1
    assert 'unknown key "netwörk"' in done.stderr
    assert "Traceback" not in done.stderr


def test_closed_streams_are_no_bug(spec: str) -> None:
    assert ran("schema", shell=">&-").returncode == 0
    assert ran("plan", spec, shell="2>&-").returncode == 1
    assert ran("plan", "-", shell="<&-").stderr.startswith("<stdin>: standard input is closed\n  hint: ")


def test_letters_that_the_locale_lacks_are_shown_as_codes(spec: str) -> None:
    done = ran("plan", spec, "--output", "json", PYTHONIOENCODING="ascii")
    assert (done.returncode, "netw\\xf6rk" in done.stderr) == (1, True)
    assert "netwörk" in json.loads(done.stdout)["error"]["message"]


def test_a_file_of_the_machine_that_is_in_the_way_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "home").touch()
    monkeypatch.setenv("EKSGPU_SANDBOX_HOME", str(tmp_path / "home"))
    assert app.main(["sandbox", "start"]) == 1
    assert capsys.readouterr().err.startswith(f"error: {tmp_path / 'home'}: File exists\nhint: ")


def test_a_spec_that_could_not_be_written_leaves_no_file(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    command = ["sh", "-c", 'ulimit -f 0 && exec "$@"', "sh", sys.executable, "-m", "eksgpu", "init", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stderr == f"error: cannot write {file}: File too large\nhint: name a file that can be written\n"
    assert not file.exists()


def test_ctrl_c_before_a_verb_has_begun(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupted(_: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("importlib.metadata.version", interrupted)
    assert app.main(["--version"]) == 1
    assert capsys.readouterr().err == "error: interrupted\nhint: run it again: it goes on from what is there\n"


def test_ctrl_c_while_it_loads_ends_it_without_a_word() -> None:
    code = """
import signal, sys

class Finder:
    def find_spec(self, name, *_):
        if name == "eksgpu.cli.app":
            signal.raise_signal(signal.SIGINT)

sys.meta_path.insert(0, Finder())
from eksgpu.__main__ import main
main()
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (-signal.SIGINT, "", "")

"""The background process: one per home, found again, refused when its code differs, gone when stopped."""

import contextlib
import os
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import boto3
import pytest

from eksgpu.errors import EksgpuError
from eksgpu.sandbox import daemon
from eksgpu.sandbox import home as homes
from eksgpu.sandbox.options import Options
from eksgpu.sandbox.profile import PROFILE
from eksgpu.sandbox.version import code_version


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "sandbox"
    yield folder
    daemon.stop(folder)


def test_who_starts_it_or_asks_for_it_loads_none_of_its_parts() -> None:
    code = "import sys, eksgpu.sandbox.daemon; print([m for m in ('moto', 'botocore', 'cheroot') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def wait_until_gone(home: Path) -> None:
    with homes.held(home, homes.RUNNING):
        pass


def test_one_daemon_per_home_from_start_to_stop(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert daemon.status(home) is None
    started = daemon.start(home, speed=250.0, options=Options(account="444455556666"))
    assert (started.speed, started.account, started.version) == (250.0, "444455556666", code_version())
    assert daemon.status(home) == started
    assert daemon.start(home, speed=7.0) == started
    assert stat.S_IMODE(home.stat().st_mode) == 0o700

    monkeypatch.setenv("AWS_CONFIG_FILE", str(started.config_file))
    sts = boto3.Session(profile_name=PROFILE).client("sts")
    assert sts.get_caller_identity()["Account"] == "444455556666"
    sts.close()

    assert daemon.stop(home) is True
    assert daemon.status(home) is None
    assert daemon.stop(home) is False


def test_starts_that_race_end_with_one_daemon(home: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        started = set(pool.map(lambda _: daemon.start(home), range(4)))
    assert len(started) == 1


def test_another_version_is_refused(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    running = daemon.start(home)
    monkeypatch.setattr(daemon, "code_version", lambda: "another-code")
    with pytest.raises(EksgpuError, match=rf"pid {running.pid}.*another version") as caught:
        daemon.start(home)
    assert caught.value.hint is not None
    assert "eksgpu sandbox stop" in caught.value.hint
    assert daemon.stop(home) is True


def test_a_killed_daemon_is_not_taken_for_a_living_one(home: Path) -> None:
    first = daemon.start(home)
    os.kill(first.pid, signal.SIGKILL)
    wait_until_gone(home)
    assert (home / "state.json").exists()
    assert daemon.status(home) is None
    assert daemon.stop(home) is False
    assert daemon.start(home).pid != first.pid


def test_a_stale_pid_of_someone_else_is_left_alone(home: Path) -> None:
    bystander = subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE)
    homes.prepare(home)
    homes.write_state(home, homes.State(bystander.pid, "http://127.0.0.1:1", 1.0, code_version(), "111122223333"))
    assert daemon.stop(home) is False
    assert bystander.poll() is None
    bystander.communicate()


def test_an_idle_daemon_ends_by_itself(home: Path) -> None:
    with contextlib.suppress(EksgpuError):  # it may be gone before the starter has looked
        daemon.start(home, idle_seconds=0.0)
    wait_until_gone(home)
    assert daemon.status(home) is None


def test_a_daemon_that_cannot_start_says_why(home: Path) -> None:
    homes.prepare(home)
    (home / "config.new").mkdir()
    with pytest.raises(EksgpuError, match=r"did not start: IsADirectoryError") as caught:
        daemon.start(home)
    assert caught.value.hint is not None
    assert str(home / "server.log") in caught.value.hint


def test_looking_at_the_same_time_is_not_running(home: Path) -> None:
    homes.prepare(home)
    looks = threading.Barrier(8)

    def look(_: int) -> homes.State | None:
        looks.wait()
        return homes.running(home)

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(look, range(8))) == {None}


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"EKSGPU_SANDBOX_HOME": "/a", "XDG_STATE_HOME": "/b"}, Path("/a")),
        ({"XDG_STATE_HOME": "/b"}, Path("/b/eksgpu/sandbox")),
        ({}, Path.home() / ".local/state/eksgpu/sandbox"),
    ],
)
def test_the_home_folder_follows_the_environment(variables: dict[str, str], expected: Path) -> None:
    assert homes.default_home(variables) == expected


def test_options_survive_the_way_into_the_process() -> None:
    options = Options(denied=("eks:CreateCluster",), durations={"eks:cluster:create": 60.0}, fresh_quotas=True)
    assert Options.decoded(options.encoded()) == options

"""`docs/seeds.md` is run: every row of it, in order, as a person would who follows the page."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from eksgpu.sandbox import daemon
from eksgpu.sandbox.profile import PROFILE
from eksgpu.sandbox.real import programs
from tests.support.console import commands, missing

from .machine import COMMAND, Machine

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "seeds.md"
SECONDS = 300


@pytest.mark.sweep
@pytest.mark.timeout(1800)
def test_every_command_does_what_the_page_says(tmp_path: Path) -> None:
    program = programs.program("kubectl") or shutil.which("kubectl")
    if program is None:
        pytest.skip("there is no kubectl here: make kube-assets")
    installed = subprocess.run([ROOT / "tools" / "aws_cli.sh"], capture_output=True, text=True, check=False)
    if installed.returncode:
        pytest.skip("the aws program cannot be installed here")
    machine = Machine(tmp_path)
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    path = [COMMAND.parent, Path(program).parent, Path(installed.stdout.strip()).parent, os.environ["PATH"]]
    env = machine.env | {"PATH": os.pathsep.join(map(str, path)), "KUBECONFIG": str(tmp_path / "kubeconfig")}
    env |= {"AWS_CONFIG_FILE": str(machine.home / "config"), "AWS_PROFILE": PROFILE}
    wrong: list[str] = []
    try:
        for shown in commands(PAGE.read_text(encoding="utf-8")):
            done = subprocess.run(
                ["bash", "-c", shown.command], cwd=tmp_path, env=env, capture_output=True, text=True, timeout=SECONDS,
                stdin=subprocess.DEVNULL, check=False,
            )  # fmt: skip
            printed = done.stdout + done.stderr
            lost = list(missing(shown, printed))
            if lost:
                where = f"{PAGE.name}:{shown.line}: {shown.command}"
                wrong.append(f"{where}\nlacks: {lost[0]}\nprinted:\n{printed[-3000:]}")
    finally:
        daemon.stop(machine.home)
    assert not wrong, "\n\n".join(wrong)

"""Terraform's no-op plan of the same objects, where the program and its provider are on this machine.

The configuration is rendered from the kinds' own Terraform form. Where something is missing it says so, and gives the
figures of the one machine where this was measured.
"""

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

from bench.account import Account, account
from bench.child import alternate, run
from bench.plan import SPEED
from bench.table import Row
from eksgpu.export.terraform import terraform
from eksgpu.ops.prepare import prepare
from eksgpu.sandbox.options import Options
from eksgpu.sandbox.profile import PROFILE
from eksgpu.spec.load import load_placed

WHAT = "our no-op plan / Terraform's"
AT_MOST = 1 / 8
PLUGINS = Path.home() / ".terraform.d" / "plugins"
PROVIDER = PLUGINS / "registry.terraform.io" / "hashicorp" / "aws"
KNOWN = "where it was first measured, on two cores: 11.1 s, 340 MB and 166 calls for 103 resources"


def measure(spec: Path, runs: int) -> Iterator[Row]:
    program = shutil.which("terraform")
    if program is None or not PROVIDER.is_dir():
        missing = "the program terraform is not on PATH" if program is None else f"its provider is not in {PROVIDER}"
        yield Row(WHAT, None, goal=AT_MOST, runs=0, note=f"NOT MEASURED: {missing}; {KNOWN}")
        return
    fresh = Options(every_duration=0.0)
    with account(speed=SPEED, options=fresh) as theirs, account(speed=SPEED, options=fresh) as ours:
        environment = _environment(theirs)
        command = [program, f"-chdir={_written(theirs, spec)}"]
        run([*command, "init", "-backend=false", "-input=false", f"-plugin-dir={PLUGINS}"], environment)
        run([*command, "apply", "-auto-approve", "-input=false", "-var=create_shared=true"], environment)
        ours.eksgpu("apply", spec, "--yes")
        before = len(theirs.calls())
        plan = [*command, "plan", "-input=false", "-detailed-exitcode", "-var=create_shared=true"]
        run(plan, environment)  # exit code 0: nothing to change
        calls = len(theirs.calls()) - before
        quick, slow = alternate(runs, (ours.command("plan", spec), ours.environment), (plan, environment))
    yield Row(WHAT, quick.wall, "s", slow.wall, AT_MOST, runs=runs, note=f"Terraform made {calls} calls")
    yield Row("our no-op plan / Terraform's: processor time", quick.cpu, "s", slow.cpu, runs=runs)
    yield Row("our no-op plan / Terraform's: peak memory", quick.peak, "MB", slow.peak, runs=runs)


def _written(made: Account, spec: Path) -> Path:
    """A folder with the configuration of this spec in this account."""
    with made.connection(spec) as connection:
        files = terraform(prepare(*load_placed(spec), connection).graph, connection.run.mark)
    folder = Path(made.environment["HOME"]) / "terraform"
    folder.mkdir()
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def _environment(made: Account) -> Mapping[str, str]:
    return {
        **made.environment,
        "AWS_CONFIG_FILE": str(made.status.config_file),
        "AWS_PROFILE": PROFILE,
        "CHECKPOINT_DISABLE": "1",
    }

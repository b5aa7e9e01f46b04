"""One spec, one sequence of calls: with every parameter and every id, in another process too."""

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.support.account import Account, small

ROOT = Path(__file__).parents[2]
SPOT = {"name": "gpu", "gpu": {"name": "h100", "count": 8}, "capacity": ["spot"], "os": "bottlerocket"}


def calls(folder: Path) -> list[str]:
    """Every call of a cluster's life; the lock's value names its process and is left out."""
    account = Account(folder, small(components={"karpenter": {}}, nodePools=[SPOT]))
    account.apply()
    account.destroy()
    return [
        f"{call.seconds} {call.name} {call.region} {json.dumps(call.params, default=str)}"
        for call in account.world.log
        if call.service != "ssm"
    ]


def test_in_two_processes(tmp_path: Path) -> None:
    script = "import json, sys; from pathlib import Path; from tests.lifecycle.test_same_twice import calls; "
    script += "print(json.dumps(calls(Path(sys.argv[1]))))"
    (tmp_path / "there").mkdir()
    environment = {**os.environ, "PYTHONHASHSEED": "12345", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", script, str(tmp_path / "there")]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE) as there:
        first = calls(tmp_path)
        told, _ = there.communicate()
    assert json.loads(told) == first

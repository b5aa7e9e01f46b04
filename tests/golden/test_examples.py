"""Every example, planned in an empty account: what would be made, what it costs, what the checks say, its Terraform.

The expected files change only through `make golden`; read their diff.
"""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.json import JSONSnapshotExtension

from eksgpu.export.terraform import terraform
from eksgpu.ops.options import Options
from eksgpu.ops.plan import plan
from eksgpu.sandbox import foreign
from eksgpu.spec.load import load
from tests.support import wire
from tests.support.account import Account
from tests.support.example import graph_of
from tests.support.rig import Rig

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*.yaml"))
WHOLE = [example for example in EXAMPLES if load(example).spec.cluster is None]
# What depends on this machine: the clock, and whether the helm program is on its PATH.
ELSEWHERE = {"seconds"}
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")  # at the end of a node group's ARN


@pytest.fixture
def golden(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    return snapshot.use_extension(JSONSnapshotExtension)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_plan_of_an_empty_account(example: Path, golden: SnapshotAssertion, tmp_path: Path) -> None:
    account = Account(tmp_path)
    body, options = load(example).spec, Options()
    if body.cluster is not None:
        gpus = 2 if body.existing_nodes else 0
        foreign.make(account.world, body.cluster.existing, "us-west-2", wire.session(account.world), gpus=gpus)
    report = plan(example, options, connector=account.connector, skip_checks=frozenset({"helm-program"}))
    shown: dict[str, Any] = {key: value for key, value in report.as_json().items() if key not in ELSEWHERE}
    text = json.dumps(shown, ensure_ascii=False).replace(f"{example.parent}/", "examples/")
    assert json.loads(UUID.sub("…", text)) == golden


@pytest.mark.parametrize("example", WHOLE, ids=lambda path: path.stem)
def test_terraform(example: Path, golden: SnapshotAssertion) -> None:
    rig = Rig(cluster=load(example).metadata.name)
    files = terraform(graph_of(example, rig), rig.run.mark)
    shown = {name: json.loads(text) if name.endswith(".json") else text for name, text in files.items()}
    assert shown == golden

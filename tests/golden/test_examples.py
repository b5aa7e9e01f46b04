"""Every example, planned in an empty account: what would be made, what it costs, what the checks say, its Terraform.

The expected files change only through `make golden`; read their diff.
"""

import json
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


@pytest.fixture
def golden(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    return snapshot.use_extension(JSONSnapshotExtension)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_plan_of_an_empty_account(example: Path, golden: SnapshotAssertion, tmp_path: Path) -> None:
    account = Account(tmp_path)
    beside, options = load(example).spec.cluster, Options()
    if beside is not None:
        foreign.make(account.world, beside.existing, "us-west-2", wire.session(account.world))
    report = plan(example, options, connector=account.connector, skip_checks=frozenset({"helm-program"}))
    shown: dict[str, Any] = {key: value for key, value in report.as_json().items() if key not in ELSEWHERE}
    assert shown == golden


@pytest.mark.parametrize("example", WHOLE, ids=lambda path: path.stem)
def test_terraform(example: Path, golden: SnapshotAssertion) -> None:
    rig = Rig(cluster=load(example).metadata.name)
    files = terraform(graph_of(example, rig), rig.run.mark)
    shown = {name: json.loads(text) if name.endswith(".json") else text for name, text in files.items()}
    assert shown == golden

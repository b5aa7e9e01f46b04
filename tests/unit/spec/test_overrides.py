"""`--set PATH=VALUE` changes one value, is checked like the file, and is named in place of the file by its faults."""

from collections.abc import Sequence

import pytest

from eksgpu.errors import SpecErrors
from eksgpu.spec.load import loads
from eksgpu.spec.models import GpuCluster
from eksgpu.spec.template import h100_spot


def _with(*sets: str) -> GpuCluster:
    return loads(h100_spot(), "h100.yaml", sets)


def _told(*sets: str) -> list[str]:
    with pytest.raises(SpecErrors) as caught:
        _with(*sets)
    return [f"{fault} | {fault.hint}" if fault.hint else str(fault) for fault in caught.value.errors]


def test_region_version_and_cidr() -> None:
    spec = _with("metadata.region=ap-northeast-1", 'spec.version="1.34"', "network.cidr=10.8.0.0/16")
    assert (spec.metadata.region, spec.spec.version, str(spec.spec.network.cidr)) == (
        "ap-northeast-1",
        "1.34",
        "10.8.0.0/16",
    )


@pytest.mark.parametrize(
    "path",
    [
        "spec.nodePools[p5-gpu-h100].capacity",
        "nodePools[p5-gpu-h100].capacity",
        "nodePools[1].capacity",
        "nodePools.1.capacity",
    ],
)
def test_an_item_by_its_name_or_number(path: str) -> None:
    assert _with(f"{path}=[spot, on-demand]").spec.node_pools[1].capacity == ("spot", "on-demand")


def test_another_gpu_by_one_field() -> None:
    (pool,) = _with("nodePools[p5-gpu-h100].gpu={name: a100, memory: 40Gi}").spec.node_pools[1:]
    assert [item.name for item in pool.types] == ["p4d.24xlarge"]


def test_new_keys_and_keys_with_dots() -> None:
    spec = _with('nodePools[default].labels["example.com/team"]=ml', "logging.retentionDays=30")
    assert spec.spec.node_pools[0].labels == {"example.com/team": "ml"}
    assert spec.spec.logging.retention_days == 30


def test_a_string_needs_no_quotes_of_its_own() -> None:
    spec = _with("version=1.34", "metadata.accountId=012345678901", "metadata.tags.cost=1e3")
    assert (spec.spec.version, spec.metadata.account_id) == ("1.34", "012345678901")
    assert spec.metadata.tags["cost"] == "1e3"


def test_null_removes_a_key_or_an_item() -> None:
    spec = _with("components.awsLoadBalancerController=null", "nodePools[p5-gpu-h100]=null", "logging.types=null")
    assert spec.spec.components.chosen == ("karpenter",)
    assert [pool.name for pool in spec.spec.node_pools] == ["default"]


def test_the_last_one_counts() -> None:
    assert _with("network.zones=2", "network.zones=3").spec.network.zones == 3


@pytest.mark.parametrize(
    ("sets", "expected"),
    [
        (["spec.version"], "--set spec.version: a path and a value are needed | write --set spec.version=1.35"),
        (["version="], "--set version: no value is given | write null to remove the key"),
        (
            ["version=[1.35]"],
            "--set version: spec.version: a list must be a string | write one word, or a text in quotes",
        ),
        (
            ["versoin.minor=35"],
            '--set versoin.minor: spec: unknown key "versoin" | did you mean version?',
        ),
        (
            ["version.minor=35"],
            "--set version.minor: spec.version: a mapping must be a string | write one word, or a text in quotes",
        ),
        (["netwrok.zones=null"], '--set netwrok.zones: spec: unknown key "netwrok" | did you mean network?'),
        (
            ["network.natGateway=null"],
            '--set network.natGateway: spec.network: unknown key "natGateway" | did you mean natGateways?',
        ),
        (
            ["network.natGateway=one"],
            '--set network.natGateway: spec.network: unknown key "natGateway" | did you mean natGateways?',
        ),
        (
            ["nodePools[p5-gpu-h10].capacity=[spot]"],
            "--set nodePools[p5-gpu-h10].capacity: spec.nodePools has no item p5-gpu-h10 | did you mean p5-gpu-h100?",
        ),
        (
            ["nodePools[7].capacity=[spot]"],
            "--set nodePools[7].capacity: spec.nodePools has no item 7 | its items: default, p5-gpu-h100",
        ),
        (
            ["nodePools[p5-gpu-h100].capacity=[spott]"],
            '--set nodePools[p5-gpu-h100].capacity: spec.nodePools[p5-gpu-h100].capacity[0]: "spott" must be '
            "on-demand, spot, capacity-block or reserved | did you mean spot?",
        ),
        (
            ["nodePools[default.name=x"],
            "--set nodePools[default.name: the path breaks off at [default.name | write it as nodePools[gpu].capacity",
        ),
        (
            ["network.zones=[a"],
            "--set network.zones: this is not valid YAML: expected ',' or ']', but got '<stream end>' | "
            "the value is read as YAML; quote it for the shell",
        ),
    ],
)
def test_faults_name_the_option(sets: Sequence[str], expected: str) -> None:
    assert _told(*sets) == [expected]


def test_an_item_that_is_removed_moves_no_lines() -> None:
    text = h100_spot().replace("{name: h100, count: 8}", "{name: h1000, count: 8}")
    line = next(number for number, written in enumerate(text.splitlines(), 1) if "h1000" in written)
    with pytest.raises(SpecErrors) as caught:
        loads(text, "h100.yaml", ["nodePools[default]=null"])
    assert [fault.line for fault in caught.value.errors] == [line]


def test_faults_of_the_file_come_first() -> None:
    with pytest.raises(SpecErrors) as caught:
        loads("kind: GpuCluster\nmetadata: {name: a, region: us-west-2}\n", "a.yaml", ["network.zones=9"])
    assert [fault.where for fault in caught.value.errors] == ["a.yaml:1:1", "--set network.zones"]

"""Which instance types a pool may use, by what it says."""

import pytest

from eksgpu.spec.models import NodePool
from tests.unit.spec.telling import spec


def _pool(body: str) -> NodePool:
    return spec(f"nodePools: [{{name: p, {body}}}]\ncomponents: {{karpenter: {{}}}}").spec.node_pools[0]


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ("gpu: {name: h100, count: 8}", ["p5.48xlarge"]),
        ("gpu: {name: H100}", ["p5.48xlarge", "p5.4xlarge"]),
        ("gpu: {name: a100}", ["p4d.24xlarge", "p4de.24xlarge"]),
        ("gpu: {name: a100, memory: 80Gi}", ["p4de.24xlarge"]),
        ("gpu: {name: a100, memory: 40GB}", ["p4d.24xlarge"]),
        ("gpu: {name: t4, count: 8}", ["g4dn.metal"]),
        ("instanceTypes: [m5.large, c5.large]", ["c5.large", "m5.large"]),
        ("instanceFamilies: [p5en]", ["p5en.48xlarge"]),
        ("gpu: {name: l4, count: 1}, vcpus: [4]", ["g6.xlarge"]),
        ("instanceFamilies: [g6f]", ["g6f.2xlarge", "g6f.4xlarge", "g6f.large", "g6f.xlarge"]),
    ],
)
def test_named_types(body: str, names: list[str]) -> None:
    assert sorted(item.name for item in _pool(body).types) == names


def test_fractions_of_a_gpu_are_no_gpus() -> None:
    assert not any(item.family in ("g6f", "gr6f") for item in _pool("gpu: {name: l4}").types)


def test_the_general_pool_of_the_example() -> None:
    types = _pool("vcpus: {min: 4, max: 32}, capacity: [spot, on-demand]").types
    assert {item.category for item in types} == {"c", "m", "r"}
    assert {item.arch for item in types} == {"amd64"}
    assert all(4 <= item.vcpus <= 32 and not item.accelerated for item in types)


def test_generation_and_architecture() -> None:
    types = _pool("generation: {min: 7, max: 7}, arch: arm64, vcpus: [2, 4]").types
    assert {"c7g.xlarge", "m7g.large"} <= {item.name for item in types}
    assert {(item.generation, item.arch) for item in types} == {(7, "arm64")}


def test_memory() -> None:
    assert all(item.memory_mib <= 8192 for item in _pool("memory: {min: 4Gi, max: 8Gi}").types)


def test_capacity_leaves_out_what_cannot_be_bought_so() -> None:
    reserved = "capacity: [capacity-block], reservations: [{id: cr-0a1b2c3d4e5f67890}]"
    assert _pool(f"instanceTypes: [p6e-gb200.36xlarge], {reserved}").accelerated

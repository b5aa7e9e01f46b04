"""What a plan says of pools. Row 000-14: the seed's tuning table, and the limits that hold."""

from pathlib import Path

from eksgpu.blueprint.pool_limits import pool_limits
from eksgpu.blueprint.tuning import tuning_table
from eksgpu.spec.load import load, loads
from eksgpu.ui.look import Look
from eksgpu.ui.tuning import limits_view, tuning_view

H100 = load(Path(__file__).parents[3] / "examples/h100-spot.yaml")
MINIMAL = load(Path(__file__).parents[3] / "examples/minimal.yaml")
LOOK = Look(colour=False, width=140)


def test_the_seeds_table() -> None:
    table = tuning_table(H100)
    assert table.classes == ("default", "h100-gpu")
    assert [(row.parameter, row.upstream, row.values) for row in table.rows] == [
        ("max-concurrent-downloads-per-image", "3", ("10", "30")),
        ("concurrent-download-chunk-size", "layer size", ("16mb", "32mb")),
        ("max-concurrent-unpacks-per-image", "1", ("10", "30")),
        ("discard-unpacked-layers", "false", ("true", "true")),
    ]
    assert "192 vCPUs, 3200 Gbit/s network, instance store" in table.reasons[1]
    text = "\n".join(tuning_view(table, LOOK))
    assert "max-concurrent-downloads-per-image  3           10       30" in text
    assert "p5.48xlarge" in text


def test_limits_say_what_is_by_default() -> None:
    text = "\n".join(limits_view(pool_limits(H100), LOOK))
    assert "p5-gpu-h100  nvidia.com/gpu: 16    2 nodes" in text
    assert "by default" in text


def test_a_pool_of_replicas_and_one_without_limits() -> None:
    head = "apiVersion: eksgpu.dev/v1alpha1\nkind: GpuCluster\nmetadata: {name: demo, region: us-west-2}\nspec:\n"
    pools = "[{name: a, instanceTypes: [g6.xlarge], replicas: 3}, {name: b, limits: unlimited}]"
    spec = loads(f"{head}  nodePools: {pools}\n  components: {{karpenter: {{}}}}\n")
    assert [(one.nodes, one.source) for one in pool_limits(spec)] == [(3, "replicas"), (None, "spec")]
    assert "any number" in "\n".join(limits_view(pool_limits(spec), LOOK))


def test_without_pools_there_is_nothing_to_show() -> None:
    assert tuning_view(tuning_table(MINIMAL), LOOK) == limits_view(pool_limits(MINIMAL), LOOK) == []

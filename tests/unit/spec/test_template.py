"""The spec that `init` writes is the example, and says what the design says."""

from pathlib import Path

from eksgpu.spec.load import load, loads
from eksgpu.spec.template import SCHEMA_FILE, h100_spot

EXAMPLE = Path(__file__).parents[3] / "examples" / "h100-spot.yaml"


def test_the_example_is_what_init_writes() -> None:
    assert EXAMPLE.read_text(encoding="utf-8") == h100_spot()


def test_a_suffix_makes_the_name_unique() -> None:
    assert loads(h100_spot("h100-spot-x7k2")).metadata.name == "h100-spot-x7k2"


def test_editors_find_the_schema() -> None:
    assert h100_spot().splitlines()[0] == f"# yaml-language-server: $schema={SCHEMA_FILE}"


def test_pools_of_the_example() -> None:
    default, p5 = load(EXAMPLE).spec.node_pools
    assert (default.node_class, default.instance_categories, default.capacity) == (
        "default",
        ("c", "m", "r"),
        ("spot", "on-demand"),
    )
    assert (p5.node_class, p5.capacity, p5.local_storage, p5.image_pull) == ("h100-gpu", ("spot",), "raid0", "soci")
    assert [item.name for item in p5.types] == ["p5.48xlarge"]
    assert [f"{taint.key}={taint.value}:{taint.effect}" for taint in p5.taints] == ["nvidia.com/gpu=true:NoSchedule"]

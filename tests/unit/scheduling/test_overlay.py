"""NodeOverlays as Karpenter applies them: what replaces what, where, and which of two that clash."""

from typing import Any

from eksgpu.catalog.instance import instances
from eksgpu.scheduling.offering import Candidate, Market, Storage, candidates, type_requirements
from eksgpu.scheduling.overlay import conflicting, fault, overlaid, overlay

GPU, COUNT = "nvidia.com/gpu", "karpenter.k8s.aws/instance-gpu-count"
G5 = candidates(
    [instances()[name] for name in ("g5.xlarge", "g5.12xlarge")], Market({"us-west-2a": "usw2-az1"}), Storage()
)
TYPES = [type_requirements(item) for item in instances().values() if item.gpu_count]


def manifest(
    name: str, gpus: int, *, weight: int = 1, pool: str = "shared", capacity: dict[str, str] | None = None
) -> dict[str, Any]:
    requirements = [
        {"key": "karpenter.sh/nodepool", "operator": "In", "values": [pool]},
        {"key": COUNT, "operator": "In", "values": [str(gpus)]},
    ]
    spec = {"requirements": requirements, "weight": weight, "capacity": capacity or {GPU: "4"}}
    return {"metadata": {"name": name}, "spec": spec}


def gpus(found: tuple[Candidate, ...]) -> dict[str, int]:
    return {one.item.name: one.allocatable[GPU] for one in found}


def test_a_capacity_replaces_what_ec2_says_for_its_pool_and_number_of_gpus() -> None:
    one = overlay(manifest("one", 1))
    assert gpus(overlaid(G5, [one], pool="shared", labels={})) == {"g5.xlarge": 4, "g5.12xlarge": 4}
    assert overlaid(G5, [one], pool="shared", labels={})[1] is G5[1]
    assert overlaid(G5, [one], pool="whole", labels={}) == G5


def test_the_heavier_overlay_wins() -> None:
    light = overlay(manifest("a", 1, weight=1))
    heavy = overlay(manifest("b", 1, weight=2, capacity={GPU: "8"}))
    assert gpus(overlaid(G5, [heavy, light], pool="shared", labels={}))["g5.xlarge"] == 8


def test_equal_weights_clash_where_they_meet_on_a_type() -> None:
    first, second = overlay(manifest("a", 1)), overlay(manifest("b", 1))
    assert conflicting([second, first], TYPES) == {"b"}
    assert conflicting([first, overlay(manifest("b", 4))], TYPES) == frozenset()
    assert conflicting([first, overlay(manifest("b", 1, pool="other"))], TYPES) == frozenset()
    assert conflicting([first, overlay(manifest("b", 1, weight=2))], TYPES) == frozenset()
    assert conflicting([first, overlay(manifest("b", 1, capacity={"example.com/other": "1"}))], TYPES) == frozenset()


def test_what_kubernetes_counts_itself_is_no_overlays_business() -> None:
    assert fault(manifest("a", 1)) is None
    assert "cpu" in str(fault(manifest("a", 1, capacity={"cpu": "4"})))

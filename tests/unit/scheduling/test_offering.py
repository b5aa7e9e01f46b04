"""Labels and amounts of instance types as Karpenter's reference page has them."""

import pytest

from eksgpu.catalog.instance import instances
from eksgpu.scheduling.labels import instance_labels
from eksgpu.scheduling.offering import Storage, allocatable, type_requirements
from eksgpu.scheduling.requirements import Requirements
from eksgpu.scheduling.resources import amount, quantity

P5 = instances()["p5.48xlarge"]


def test_the_labels_of_a_p5() -> None:
    labels = {key.removeprefix("karpenter.k8s.aws/instance-"): value for key, value in instance_labels(P5).items()}
    wanted = {"category": "p", "generation": "5", "family": "p5", "size": "48xlarge", "cpu": "192"}
    wanted |= {"gpu-name": "h100", "gpu-count": "8", "gpu-manufacturer": "nvidia", "gpu-memory": "81920"}
    assert wanted.items() <= labels.items()


def test_a_pod_that_wants_a_gpu_never_matches_a_type_without_one() -> None:
    wanted = Requirements.parse([{"key": "karpenter.k8s.aws/instance-gpu-count", "operator": "Exists"}])
    assert type_requirements(P5).meets(wanted)
    assert not type_requirements(instances()["m5.large"]).meets(wanted)


def test_a_fraction_of_a_gpu_counts_as_none() -> None:
    assert "nvidia.com/gpu" not in allocatable(instances()["g6f.xlarge"], Storage())


def test_instance_store_counts_as_storage_only_when_it_is_used() -> None:
    raid, volume = allocatable(P5, Storage()), allocatable(P5, Storage(volume_gib=100, instance_store=False))
    assert raid["ephemeral-storage"] > 27 * 10**12
    assert volume["ephemeral-storage"] < 100 * 2**30


def test_types_without_known_figures_are_estimated_sanely() -> None:
    unknown = [item for item in instances().values() if item.allocatable_cpu_milli is None and item.memory_mib > 8192]
    assert unknown
    for item in unknown:
        found = allocatable(item, Storage())
        assert 0.9 * item.vcpus * 1000 < found["cpu"] < item.vcpus * 1000
        assert 0.7 * item.memory_mib < found["memory"] / 2**20 < item.memory_mib


@pytest.mark.parametrize(
    ("resource", "text", "count"),
    [("cpu", "1500m", 1500), ("cpu", "2", 2000), ("memory", "64Gi", 2**36), ("nvidia.com/gpu", "8", 8)],
)
def test_amounts_read_back(resource: str, text: str, count: int) -> None:
    assert amount(resource, text) == count
    assert amount(resource, quantity(resource, count)) == count

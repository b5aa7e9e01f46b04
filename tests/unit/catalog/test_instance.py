"""The table of instance types: figures of known types, the same columns as fields, suggestions for misspelt names."""

from dataclasses import fields

import pytest

from eksgpu.catalog import load
from eksgpu.catalog.instance import InstanceType, closest, families, instance, instances, retired


def test_columns_stand_in_the_order_of_the_fields() -> None:
    header = next(load.rows("instances"))
    assert ["name", *header[1:]] == [field.name for field in fields(InstanceType)]


def test_the_h100_type_of_the_example() -> None:
    found = instance("p5.48xlarge")
    assert found is not None
    assert (found.family, found.category, found.generation, found.arch) == ("p5", "p", 5, "amd64")
    assert (found.gpu_name, found.gpu_count, found.gpu_memory_mib) == ("h100", 8, 81920)
    assert (found.vcpus, found.nvme_gb, found.network_mbps, found.efa_interfaces) == (192, 30_400, 3_200_000, 32)
    assert found.us_east_1_usd_per_hour == 55.04
    assert found.usage == ("capacity-block", "on-demand", "spot")


def test_a_fraction_of_a_gpu_counts_as_one_gpu() -> None:
    found = instances()["g6f.xlarge"]
    assert (found.gpu_count, found.gpu_partition, found.gpu_memory_mib) == (1, 0.125, 2861)


def test_categories_are_karpenters() -> None:
    assert {name: instances()[name].category for name in ("gr6.4xlarge", "p6-b200.48xlarge", "trn1.2xlarge")} == {
        "gr6.4xlarge": "gr",
        "p6-b200.48xlarge": "p",
        "trn1.2xlarge": "trn",
    }


def test_unknown_figures_are_none() -> None:
    assert instances()["p5e.48xlarge"].us_east_1_usd_per_hour is None
    assert instances()["p6e-gb200.36xlarge"].network_mbps is None
    assert instance("p99.large") is None


@pytest.mark.parametrize("family", ["g4dn", "g5", "g5g", "g6", "g6e", "g6f", "g7", "g7e", "gr6", "p3dn", "p4d", "p4de"])
def test_gpu_families_are_there(family: str) -> None:
    assert all(item.gpu_count for item in families()[family])


@pytest.mark.parametrize("family", ["trn1", "trn1n", "trn2", "inf1", "inf2"])
def test_neuron_families_are_there(family: str) -> None:
    assert all(item.neuron_cores and item.accelerated for item in families()[family])


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("p5.48xlrage", "p5.48xlarge"),
        ("p5.24xlarge", "p5.4xlarge"),
        ("ml.g5.xlarge", "g5.xlarge"),
        ("m5.larg", "m5.large"),
        ("M5.LARGE", "m5.large"),
        ("something", None),
    ],
)
def test_misspelt_names_find_what_was_meant(written: str, meant: str | None) -> None:
    assert closest(written) == meant


def test_stand_ins_of_retired_types_can_be_had() -> None:
    for gone in retired().values():
        assert gone.name not in instances()
        assert all(name in instances() for name in gone.stand_ins)

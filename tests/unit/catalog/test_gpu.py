"""GPU models agree with the table of instance types, and are found by the names that people use."""

import pytest

from eksgpu.catalog import gpu
from eksgpu.catalog.accelerator import accelerators
from eksgpu.catalog.instance import instances, retired
from eksgpu.catalog.purpose import families


def test_every_whole_gpu_of_the_instance_table_is_a_model() -> None:
    models = {(model.name, model.memory_mib) for model in gpu.models()}
    carried = {(item.gpu_name, item.gpu_memory_mib) for item in instances().values() if item.gpu_partition == 1}
    assert carried - {(None, 0)} <= models


def test_every_model_is_carried_by_some_type() -> None:
    assert [model.title for model in gpu.models() if not model.types] == []


def test_one_name_may_mean_two_models() -> None:
    forty, eighty = gpu.named("a100")
    assert [item.name for item in forty.types] == ["p4d.24xlarge"]
    assert [item.name for item in eighty.types] == ["p4de.24xlarge"]


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("H100", "h100"),
        ("NVIDIA L4", "l4"),
        ("Tesla T4", "t4"),
        ("A10", "a10g"),
        ("RTX PRO 6000", "rtx-pro-server-6000"),
        ("h1000", None),
    ],
)
def test_names_as_people_write_them(written: str, name: str | None) -> None:
    assert gpu.canonical(written) == name


def test_a_misspelt_name_finds_the_closest() -> None:
    assert gpu.closest("h10") == "h100"
    assert gpu.closest("quadro") is None


def test_what_a_model_computes_with_follows_from_its_capability() -> None:
    able = {model.title: (model.bf16, model.fp8, model.mps) for model in gpu.models()}
    assert able["NVIDIA T4"] == able["NVIDIA V100"] == (False, False, True)
    assert able["NVIDIA A10G"] == able["NVIDIA A100 40 GB"] == (True, False, True)
    assert able["NVIDIA L4"] == able["NVIDIA H100"] == (True, True, True)


def test_speeds_are_told_against_models_that_there_are() -> None:
    a10g = gpu.named("a10g")[0]
    assert a10g.speed == gpu.Speed("t4", 2.5)
    assert all(gpu.named(model.speed.than) for model in gpu.models() if model.speed)


def test_every_accelerated_family_says_what_it_is_for() -> None:
    carried = {item.family for item in instances().values() if item.accelerated}
    gone = {item.family for item in retired().values()}
    assert set(families()) == carried | gone
    assert {item.accelerator_name for item in instances().values()} - {None} == set(accelerators())


def test_a_fraction_of_a_gpu_is_of_its_model() -> None:
    model = gpu.of_type(instances()["g6f.large"])
    assert model is not None
    assert model.name == "l4"

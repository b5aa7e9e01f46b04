"""GPU models agree with the table of instance types, and are found by the names that people use."""

import pytest

from eksgpu.catalog import gpu
from eksgpu.catalog.instance import instances


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

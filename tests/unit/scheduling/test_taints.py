"""Taints and tolerations as Kubernetes' own documentation has them."""

import pytest

from eksgpu.scheduling.taints import Taint, Toleration, untolerated

GPU = Taint("nvidia.com/gpu", "true", "NoSchedule")


@pytest.mark.parametrize(
    ("toleration", "borne"),
    [
        ({"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}, True),
        ({"key": "nvidia.com/gpu", "operator": "Exists"}, True),
        ({"key": "nvidia.com/gpu", "value": "true"}, True),
        ({"key": "nvidia.com/gpu", "value": "false"}, False),
        ({"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoExecute"}, False),
        ({"key": "nvidia.com/gpu.shared", "operator": "Exists"}, False),
        ({"operator": "Exists"}, True),
        ({"value": "true"}, False),
    ],
)
def test_what_bears_the_gpu_taint(toleration: dict[str, str], borne: bool) -> None:
    assert Toleration.parse(toleration).bears(GPU) is borne


def test_a_wish_keeps_nobody_off() -> None:
    assert untolerated([Taint("slow", "", "PreferNoSchedule")], []) is None
    assert untolerated([Taint("slow", "", "PreferNoSchedule"), GPU], []) == GPU


@pytest.mark.parametrize("text", ["nvidia.com/gpu=true:NoSchedule", "dedicated:NoExecute"])
def test_the_short_spelling_reads_back(text: str) -> None:
    assert str(Taint.parse(text)) == text

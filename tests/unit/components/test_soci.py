"""SOCI's values: the seed's two rows exactly, what lies between, and the warnings. Rows 000-14 and 000-15."""

import pytest

from eksgpu.catalog.instance import instances
from eksgpu.components.soci import PARAMETERS, slow_volume, too_small, tuning

ALL = instances()
GENERAL = [item for item in ALL.values() if item.category in "cmr" and item.arch == "amd64" and 4 <= item.vcpus <= 32]


def values(*names: str, **options: bool) -> tuple[int, str, int]:
    found = tuning([ALL[name] for name in names], **options)
    return found.downloads, f"{found.chunk_mb}mb", found.unpacks


def test_the_seeds_row_for_general_nodes() -> None:
    found = tuning(GENERAL)
    assert list(found.settings.values()) == [10, "16mb", 10, True]
    assert found.warnings == ()


def test_the_seeds_row_for_p5_with_a_warning_beyond_ecrs_advice() -> None:
    found = tuning([ALL["p5.48xlarge"]])
    assert list(found.settings.values()) == [30, "32mb", 30, True]
    assert [warning.split()[0] for warning in found.warnings] == [
        "max-concurrent-downloads-per-image",
        "concurrent-download-chunk-size",
    ]
    assert found.reason == "192 vCPUs, 3200 Gbit/s network, instance store"


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (("p4d.24xlarge",), (20, "16mb", 20)),
        (("g5.48xlarge",), (20, "16mb", 20)),
        (("g5.xlarge",), (10, "16mb", 10)),
        (("m5.large",), (10, "16mb", 6)),
        (("p5.48xlarge", "p4d.24xlarge"), (20, "16mb", 20)),
        (("p5.48xlarge", "m5.xlarge"), (10, "16mb", 10)),
    ],
)
def test_the_weakest_type_decides(names: tuple[str, ...], expected: tuple[int, str, int]) -> None:
    assert values(*names) == expected


def test_unused_instance_store_does_not_count() -> None:
    assert values("p5.48xlarge", local_storage=False) == (10, "16mb", 10)


def test_every_parameter_says_what_it_is_upstream_and_why() -> None:
    assert [parameter.upstream for parameter in PARAMETERS] == ["3", "layer size", "1", "false"]
    assert [parameter.name for parameter in PARAMETERS] == list(tuning([ALL["p5.48xlarge"]]).settings)
    assert all(parameter.why for parameter in PARAMETERS)


def test_types_too_small_for_it_are_named() -> None:
    assert too_small([ALL["m5.large"], ALL["m5.xlarge"]]) == ("m5.large",)


def test_a_slow_volume_is_told() -> None:
    assert slow_volume(600) is None
    assert "125 MiB/s" in (slow_volume(None) or "")


def test_an_empty_pool_has_no_values() -> None:
    with pytest.raises(ValueError, match="no instance type"):
        tuning([])

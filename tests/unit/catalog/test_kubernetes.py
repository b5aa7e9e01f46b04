"""Support phases of Kubernetes versions by day, and what stands in for a version that EKS no longer creates."""

from datetime import date

import pytest

from eksgpu.catalog.kubernetes import Phase, creatable, is_version, nearest_creatable, retired, versions

NOVEMBER = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("version", "day", "phase"),
    [
        ("1.30", NOVEMBER, Phase.RETIRED),
        ("1.31", NOVEMBER, Phase.EXTENDED),
        ("1.31", date(2026, 11, 26), Phase.RETIRED),
        ("1.34", NOVEMBER, Phase.STANDARD),
        ("1.34", date(2026, 12, 2), Phase.EXTENDED),
        ("1.37", NOVEMBER, Phase.STANDARD),
    ],
)
def test_phase_by_day(version: str, day: date, phase: Phase) -> None:
    assert versions()[version].phase(day) is phase


def test_creatable_versions_on_the_datas_day() -> None:
    assert [item.version for item in creatable()] == ["1.31", "1.32", "1.33", "1.34", "1.35", "1.36", "1.37"]


def test_versions_outside_the_table() -> None:
    assert retired("1.21")
    assert not retired("1.40")


def test_nearest_creatable() -> None:
    assert nearest_creatable("1.28").version == "1.31"
    assert nearest_creatable("1.31", date(2027, 1, 1)).version == "1.32"


@pytest.mark.parametrize(
    ("text", "is_one"), [("1.35", True), ("1.3", True), ("1.35.2", False), ("v1.35", False), ("2", False)]
)
def test_how_a_version_is_written(text: str, is_one: bool) -> None:
    assert is_version(text) is is_one

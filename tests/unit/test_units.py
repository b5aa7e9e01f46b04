"""Units: what is printed parses to the same value, and what is no unit is refused."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eksgpu.units import Bytes, Duration, Money, Quantity


@given(st.integers(min_value=0, max_value=2**70))
def test_bytes_print_what_they_parse(count: int) -> None:
    assert Bytes.parse(str(Bytes(count))) == Bytes(count)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("16GB", 16 * 10**9),
        ("100Gi", 100 * 2**30),
        ("100GiB", 100 * 2**30),
        ("16mb", 16 * 10**6),
        ("1.5Ki", 1536),
        ("7", 7),
    ],
)
def test_bytes_read_the_spellings_people_use(text: str, count: int) -> None:
    assert Bytes.parse(text).count == count


def test_bytes_print_the_shortest_exact_spelling() -> None:
    assert [str(Bytes(count)) for count in (0, 1500, 16 * 10**9, 100 * 2**30)] == ["0", "1500", "16G", "100Gi"]


@pytest.mark.parametrize("text", ["", "Gi", "-1Gi", "1.3", "1 2Gi", "10Xi", "0.3Ki"])
def test_bytes_refuse_what_is_no_size(text: str) -> None:
    with pytest.raises(ValueError, match="no "):
        Bytes.parse(text)


@given(st.integers(min_value=0, max_value=10**9))
def test_durations_print_what_they_parse(seconds: int) -> None:
    assert Duration.parse(str(Duration(seconds))) == Duration(seconds)


@pytest.mark.parametrize(
    ("text", "seconds"), [("30s", 30), ("720h", 2_592_000), ("1h30m", 5400), ("90m", 5400), ("0s", 0)]
)
def test_durations_read_what_kubernetes_writes(text: str, seconds: int) -> None:
    assert Duration.parse(text).seconds == seconds


@pytest.mark.parametrize("text", ["", "30", "5 m", "1d", "s", "-1s", "30s1h"])
def test_durations_refuse_what_is_none(text: str) -> None:
    with pytest.raises(ValueError, match="no duration"):
        Duration.parse(text)


@given(
    st.decimals(min_value=0, max_value=10**6, places=3, allow_nan=False),
    st.sampled_from(["", "m", "k", "M", "G", "T", "Ki", "Mi", "Gi", "Ti"]),
)
def test_quantities_print_what_they_parse(digits: Decimal, suffix: str) -> None:
    quantity = Quantity(digits, suffix)
    assert Quantity.parse(str(quantity)) == quantity


def test_quantities_know_their_number() -> None:
    numbers = [Quantity.parse(text).number for text in ("500m", "4", "1Ki", "2k")]
    assert numbers == [Decimal("0.5"), 4, 1024, 2000]


@pytest.mark.parametrize("text", ["", "1x", "Gi", "1e3x", "-1"])
def test_quantities_refuse_what_is_none(text: str) -> None:
    with pytest.raises(ValueError, match="no quantity"):
        Quantity.parse(text)


@given(st.floats(min_value=0, max_value=10**6))
def test_a_month_has_730_hours(usd: float) -> None:
    assert Money.per_month(usd).usd_per_month == pytest.approx(usd)
    assert Money(usd).usd_per_month == pytest.approx(730 * usd)


def test_money_adds_multiplies_and_prints() -> None:
    assert Money(0.1) + Money(0.2) * 2 == Money(0.5)
    assert [str(Money(usd)) for usd in (0.1, 55.04, 0.0045, 1234.5)] == [
        "$0.10/h",
        "$55.04/h",
        "$0.0045/h",
        "$1,234.50/h",
    ]
    assert Money(1).usd_per_day == 24

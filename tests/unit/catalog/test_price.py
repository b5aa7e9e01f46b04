"""List prices, by the hour whatever AWS bills them by."""

import pytest

from eksgpu.catalog.price import excluded, price, prices


def test_hourly_and_monthly_prices_become_money() -> None:
    assert price("natGateway").money(2).usd_per_hour == pytest.approx(0.09)
    assert price("kmsKey").money().usd_per_month == pytest.approx(1)
    assert price("gp3Storage").money(100).usd_per_month == pytest.approx(8)


def test_extended_support_is_the_whole_price() -> None:
    assert (price("eksCluster").usd, price("eksExtendedSupport").usd) == (0.10, 0.60)


def test_every_price_names_what_it_is_for_and_what_is_left_out_is_said() -> None:
    assert all(item.what and item.usd > 0 for item in prices().values())
    assert any("data transfer" in item for item in excluded())

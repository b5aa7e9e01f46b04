"""Limits of AWS and Kubernetes as the catalogue holds them."""

from eksgpu.catalog import limits


def test_spans_include_both_ends() -> None:
    zones = limits.span("zones")
    assert (2 in zones, 8 in zones, 1 in zones, 9 in zones) == (True, True, False, False)


def test_volume_limits() -> None:
    assert limits.volume("gp3").throughput == limits.Span(125, 2000)
    assert limits.volume("io2").throughput is None


def test_zones_barred_for_the_control_plane() -> None:
    assert "use1-az3" in limits.barred_control_plane_zone_ids()


def test_the_subnet_plan_of_a_16() -> None:
    bits = limits.plan_bits()
    assert (16 + bits.private, 16 + bits.public, 16 + bits.intra) == (20, 24, 24)


def test_periods_of_log_retention() -> None:
    assert {90, 365} <= set(limits.log_retention_days())

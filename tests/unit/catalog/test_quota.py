"""Quotas: each instance type counts in at most one class, and codes are the ones that Service Quotas uses."""

import pytest

from eksgpu.catalog.instance import instances
from eksgpu.catalog.quota import counts, vcpu_class, vcpu_classes


@pytest.mark.parametrize(
    ("name", "on_demand", "spot"),
    [
        ("m5.large", "L-1216C47A", "L-34B43A08"),
        ("g5.xlarge", "L-DB2E81BA", "L-3819A6DF"),
        ("gr6.4xlarge", "L-DB2E81BA", "L-3819A6DF"),
        ("p4d.24xlarge", "L-417A185B", "L-7212CCBC"),
        ("p5.48xlarge", "L-417A185B", "L-C4BD4855"),
        ("p6-b200.48xlarge", "L-417A185B", None),
        ("trn1.32xlarge", "L-2C3B7624", "L-6B0D517C"),
        ("inf2.xlarge", "L-1945791B", "L-B5D1601B"),
    ],
)
def test_codes(name: str, on_demand: str, spot: str | None) -> None:
    found = vcpu_class(instances()[name])
    assert found is not None
    assert found.on_demand.code == on_demand
    assert (found.spot.code if found.spot else None) == spot
    assert found.quota("reserved") is None


def test_no_type_counts_twice_and_all_but_high_memory_count() -> None:
    without = set()
    for item in instances().values():
        holding = [found.name for found in vcpu_classes() if found.holds(item)]
        assert len(holding) <= 1
        if not holding:
            without.add(item.category)
    assert without == {"u"}


def test_quotas_are_known_by_meaning() -> None:
    assert (counts()["elasticIps"].service, counts()["elasticIps"].code) == ("ec2", "L-0263D0A3")
    assert counts()["natGatewaysPerZone"].default == 5

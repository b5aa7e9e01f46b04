"""The CIDR plan: disjoint, inside, and a zone keeps its place."""

from ipaddress import IPv4Network
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eksgpu.blueprint.cidr import PLACES, subnet_cidrs
from eksgpu.errors import EksgpuError


@given(prefix=st.integers(16, 20), base=st.integers(0, 255))
def test_eight_zones_of_three_subnets_never_overlap_and_stay_inside(prefix: int, base: int) -> None:
    vpc = IPv4Network((base << 16 | 10 << 24, prefix))
    subnets = [IPv4Network(cidr) for letter in PLACES for cidr in subnet_cidrs(vpc, letter).values()]
    assert len(subnets) == 24
    assert all(subnet.subnet_of(vpc) for subnet in subnets)
    assert not any(one.overlaps(other) for one, other in combinations(subnets, 2))


def test_the_seeds_plan() -> None:
    vpc = IPv4Network("10.0.0.0/16")
    assert subnet_cidrs(vpc, "a") == {"private": "10.0.0.0/20", "public": "10.0.128.0/24", "intra": "10.0.192.0/24"}
    assert subnet_cidrs(vpc, "h") == {"private": "10.0.112.0/20", "public": "10.0.135.0/24", "intra": "10.0.199.0/24"}


def test_a_ninth_letter_has_no_place() -> None:
    with pytest.raises(EksgpuError, match="zone letter i"):
        subnet_cidrs(IPv4Network("10.0.0.0/16"), "i")

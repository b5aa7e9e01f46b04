"""Quotas that count network objects: asked about only while such objects are still to be made."""

import pytest

from eksgpu.checks.check import Check
from eksgpu.checks.elastic_ip_quota import elastic_ip_quota
from eksgpu.checks.internet_gateway_quota import internet_gateway_quota
from eksgpu.checks.nat_gateway_quota import nat_gateway_quota
from eksgpu.checks.vpc_quota import vpc_quota
from tests.support.rig import Rig

from .account import context_of, found, only

PER_ZONE = "  network: {natGateways: perZone, zones: 3}\n"
# Every region of the account has a default VPC.
CASES = [
    (vpc_quota, "L-F678F1CE", 1, "vpc"),
    (internet_gateway_quota, "L-A4707A72", 0, "vpc"),
    (elastic_ip_quota, "L-0263D0A3", 2, "ec2"),
]


@pytest.mark.parametrize(("check", "code", "limit", "service"), CASES, ids=lambda value: getattr(value, "id", None))
def test_a_full_region_is_an_error_that_names_the_quota(check: Check, code: str, limit: int, service: str) -> None:
    rig = Rig()
    rig.world.quotas.set(code, limit)
    finding = only(check, context_of(rig, PER_ZONE))
    assert finding.severity == "error"
    assert code in finding.message
    assert f"{limit} are allowed" in finding.message
    assert f"--service-code {service} --quota-code {code} " in finding.fix


@pytest.mark.parametrize(("check", "code", "limit", "service"), CASES, ids=lambda value: getattr(value, "id", None))
def test_room_for_all_is_no_finding(check: Check, code: str, limit: int, service: str) -> None:
    assert found(check, context_of(Rig(), PER_ZONE)) == []


def test_elastic_ips_of_others_count() -> None:
    rig = Rig(fresh_quotas=True)
    for _ in range(3):
        rig.run.aws.ec2.allocate_address(Domain="vpc")
    finding = only(elastic_ip_quota, context_of(rig, PER_ZONE))
    assert "3 more would exceed" in finding.message
    assert "3 are there already, 5 are allowed" in finding.message


def test_nat_gateways_are_counted_in_their_zone() -> None:
    rig = Rig()
    rig.world.quotas.set("L-FE5A380F", 1)
    default = rig.run.aws.ec2.describe_subnets(Filters=[{"Name": "availability-zone", "Values": ["us-west-2b"]}])
    address = rig.run.aws.ec2.allocate_address(Domain="vpc")["AllocationId"]
    subnet = default["Subnets"][0]["SubnetId"]
    rig.run.aws.ec2.create_nat_gateway(SubnetId=subnet, AllocationId=address, ClientToken="foreign")
    finding = only(nat_gateway_quota, context_of(rig, PER_ZONE))
    assert (finding.severity, finding.where) == ("error", "zone us-west-2b")
    assert "L-FE5A380F" in finding.message
    assert found(nat_gateway_quota, context_of(rig, "  network: {natGateways: single, zones: 3}\n")) == []


def test_nothing_is_asked_once_everything_lives() -> None:
    rig = Rig()
    rig.apply(context_of(rig).graph)
    context = context_of(rig, planned=True)
    before = len(rig.world.log)
    for check in (vpc_quota, internet_gateway_quota, elastic_ip_quota, nat_gateway_quota):
        assert found(check, context) == []
    assert rig.calls_since(before) == []

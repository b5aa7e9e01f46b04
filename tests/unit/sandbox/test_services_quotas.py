"""Service Quotas: a fresh account's zeros, a working account's values, and what tests set."""

import pytest
from botocore.exceptions import ClientError

from eksgpu.engine.clock import SteppedClock
from eksgpu.sandbox import inprocess
from eksgpu.sandbox.world import World
from tests.unit.sandbox.conftest import ClientOf

P5_SPOT = "L-C4BD4855"


def test_a_working_account_has_gpu_quota(client: ClientOf) -> None:
    quota = client("service-quotas").get_service_quota(ServiceCode="ec2", QuotaCode=P5_SPOT)["Quota"]
    assert (quota["QuotaName"], quota["Value"], quota["Adjustable"]) == ("All P5 Spot Instance Requests", 384.0, True)
    assert quota["QuotaArn"] == "arn:aws:servicequotas:us-west-2:111122223333:ec2/L-C4BD4855"


def test_a_fresh_account_has_none() -> None:
    quotas = inprocess.session(World(clock=SteppedClock(), fresh_quotas=True)).client("service-quotas")
    values = {
        quota["QuotaName"]: quota["Value"]
        for page in quotas.get_paginator("list_service_quotas").paginate(ServiceCode="ec2")
        for quota in page["Quotas"]
    }
    assert values["All P5 Spot Instance Requests"] == 0
    assert values["Running On-Demand P instances"] == 0
    assert values["Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances"] == 5
    assert values["EC2-VPC Elastic IPs"] == 5


def test_defaults_do_not_follow_the_applied_value(world: World, client: ClientOf) -> None:
    world.quotas.set(P5_SPOT, 8)
    quotas = client("service-quotas")
    assert quotas.get_service_quota(ServiceCode="ec2", QuotaCode=P5_SPOT)["Quota"]["Value"] == 8
    default = quotas.get_aws_default_service_quota(ServiceCode="ec2", QuotaCode=P5_SPOT)["Quota"]
    assert default["Value"] == 0
    listed = quotas.list_aws_default_service_quotas(ServiceCode="ec2")["Quotas"]
    assert default in listed


def test_lists_come_in_pages(client: ClientOf) -> None:
    quotas = client("service-quotas")
    pages = list(quotas.get_paginator("list_service_quotas").paginate(ServiceCode="vpc", MaxResults=5))
    codes = [quota["QuotaCode"] for page in pages for quota in page["Quotas"]]
    assert len(pages) > 1
    assert len(codes) == len(set(codes))
    assert {"L-F678F1CE", "L-FE5A380F", "L-A4707A72"} <= set(codes)


@pytest.mark.parametrize(("service", "code"), [("ec2", "L-00000000"), ("vpc", P5_SPOT), ("teapot", P5_SPOT)])
def test_what_does_not_exist_is_refused(client: ClientOf, service: str, code: str) -> None:
    with pytest.raises(ClientError, match="NoSuchResourceException"):
        client("service-quotas").get_service_quota(ServiceCode=service, QuotaCode=code)
    if service == "teapot":
        with pytest.raises(ClientError, match="NoSuchResourceException"):
            client("service-quotas").list_service_quotas(ServiceCode=service)

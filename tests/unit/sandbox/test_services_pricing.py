"""On-demand prices as the price list API shows them, and simulated spot prices."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.unit.sandbox.conftest import ClientOf

LINUX = {"operatingSystem": "Linux", "tenancy": "Shared", "preInstalledSw": "NA", "capacitystatus": "Used"}


def products(client: ClientOf, **wanted: str) -> list[dict[str, Any]]:
    filters = [{"Type": "TERM_MATCH", "Field": field, "Value": value} for field, value in wanted.items()]
    pages = client("pricing", "us-east-1").get_paginator("get_products")
    listed = pages.paginate(ServiceCode="AmazonEC2", Filters=filters)
    return [json.loads(product) for page in listed for product in page["PriceList"]]


def hourly(product: dict[str, Any]) -> float:
    [term] = product["terms"]["OnDemand"].values()
    [dimension] = term["priceDimensions"].values()
    assert dimension["unit"] == "Hrs"
    return float(dimension["pricePerUnit"]["USD"])


@pytest.mark.parametrize(("region", "price"), [("us-east-1", 55.04), ("us-west-2", 55.04)])
def test_one_type_has_one_price(client: ClientOf, region: str, price: float) -> None:
    [product] = products(client, instanceType="p5.48xlarge", regionCode=region, **LINUX)
    assert hourly(product) == price
    assert product["product"]["attributes"]["regionCode"] == region


def test_every_type_is_listed_once(client: ClientOf) -> None:
    types = [product["product"]["attributes"]["instanceType"] for product in products(client, regionCode="us-east-1")]
    assert len(types) == len(set(types)) == 1367


@pytest.mark.parametrize("wanted", [{"operatingSystem": "Windows"}, {"instanceType": "p9.huge"}])
def test_what_is_not_priced_is_absent(client: ClientOf, wanted: dict[str, str]) -> None:
    assert products(client, **wanted) == []


def test_other_services_are_refused(client: ClientOf) -> None:
    with pytest.raises(ClientError, match="NotFoundException"):
        client("pricing", "us-east-1").get_products(ServiceCode="AmazonTeapot")


def test_spot_is_cheaper_and_only_where_the_type_is_offered(client: ClientOf) -> None:
    ec2 = client("ec2")
    history = ec2.describe_spot_price_history(
        InstanceTypes=["p5.48xlarge", "m5.large"], ProductDescriptions=["Linux/UNIX"]
    )["SpotPriceHistory"]
    offered = {
        (offer["InstanceType"], offer["Location"])
        for offer in ec2.describe_instance_type_offerings(
            LocationType="availability-zone",
            Filters=[{"Name": "instance-type", "Values": ["p5.48xlarge", "m5.large"]}],
        )["InstanceTypeOfferings"]
    }
    assert {(price["InstanceType"], price["AvailabilityZone"]) for price in history} == offered
    assert {float(price["SpotPrice"]) for price in history if price["InstanceType"] == "p5.48xlarge"} == {27.52}


def test_spot_history_filters_by_zone_and_product(client: ClientOf) -> None:
    ec2 = client("ec2")
    [one] = ec2.describe_spot_price_history(InstanceTypes=["m5.large"], AvailabilityZone="us-west-2a")[
        "SpotPriceHistory"
    ]
    assert one["AvailabilityZone"] == "us-west-2a"
    windows = ec2.describe_spot_price_history(InstanceTypes=["m5.large"], ProductDescriptions=["Windows"])
    assert windows["SpotPriceHistory"] == []

"""Prices: what an instance costs by the hour in this region, Linux on demand, from AWS's price list."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from eksgpu.aws.run import AwsRun

PERMISSIONS = frozenset({"pricing:GetProducts"})
ENDPOINT_REGION = "us-east-1"
PARTITION = "aws"  # the price list of China and GovCloud is read elsewhere
OFFER = {
    "operatingSystem": "Linux",
    "tenancy": "Shared",
    "preInstalledSw": "NA",
    "capacitystatus": "Used",
    "marketoption": "OnDemand",
}


def read_price(run: AwsRun, instance_type: str) -> float | None:
    """USD per hour; None when AWS names no price for it in the region. One call."""
    wanted = {**OFFER, "instanceType": instance_type, "regionCode": run.region}
    pricing = run.aws.service("pricing", ENDPOINT_REGION)
    documents = pricing.pages(
        "get_products",
        "PriceList",
        ServiceCode="AmazonEC2",
        Filters=[{"Type": "TERM_MATCH", "Field": field, "Value": value} for field, value in wanted.items()],
    )
    return min((usd for document in documents for usd in _hourly(json.loads(document))), default=None)


def _hourly(product: Mapping[str, Any]) -> Iterator[float]:
    for term in product["terms"].get("OnDemand", {}).values():
        for dimension in term["priceDimensions"].values():
            usd = float(dimension["pricePerUnit"].get("USD", 0))
            if dimension["unit"] == "Hrs" and usd > 0:
                yield usd

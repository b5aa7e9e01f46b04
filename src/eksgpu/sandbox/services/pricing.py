"""Prices: the price list API for on-demand Linux, and EC2's spot price history.

On-demand figures are us-east-1's real ones and serve every region; spot prices are a constant share of them.
"""

import csv
import functools
import hashlib
import json
from collections.abc import Iterable
from importlib import resources
from typing import Any

from ruamel.yaml import YAML

from eksgpu.sandbox.overlay import Call, Refused, operation

_PAGE = 100
# What one product says beside its type and region: the one kind of offer that the sandbox prices.
_OFFER = {
    "servicecode": "AmazonEC2",
    "servicename": "Amazon Elastic Compute Cloud",
    "operatingSystem": "Linux",
    "tenancy": "Shared",
    "preInstalledSw": "NA",
    "capacitystatus": "Used",
    "licenseModel": "No License required",
    "marketoption": "OnDemand",
    "operation": "RunInstances",
    "locationType": "AWS Region",
}
_HOURLY_TERM = "JRTCKXETXF"
_HOURLY_RATE = "6YS6EN2CT7"


@operation("pricing", "GetProducts")
def get_products(call: Call) -> dict[str, Any]:
    """On-demand Linux products of EC2 that meet every filter, paged; each is a JSON document in a string."""
    if call.params["ServiceCode"] != "AmazonEC2":
        raise Refused("NotFoundException", f"Service code {call.params['ServiceCode']} is not in the sandbox")
    wanted = {clause["Field"]: clause["Value"] for clause in call.params.get("Filters", ())}
    region = wanted.get("regionCode", "us-east-1")
    found = [
        _product(instance_type, region, usd)
        for instance_type, usd in _selected(wanted.get("instanceType"))
        if _meets(_attributes(instance_type, region), wanted)
    ]
    start = int(call.params.get("NextToken") or 0)
    end = start + call.params.get("MaxResults", _PAGE)
    return {
        "FormatVersion": "aws_v1",
        "PriceList": [json.dumps(product) for product in found[start:end]],
        "NextToken": str(end) if end < len(found) else None,
    }


@operation("ec2", "DescribeSpotPriceHistory")
def describe_spot_price_history(call: Call) -> dict[str, Any]:
    """The one simulated price of each type in each zone that offers it."""
    filters = {clause["Name"]: clause["Values"] for clause in call.params.get("Filters", ())}
    types = call.params.get("InstanceTypes") or filters.get("instance-type") or sorted(on_demand())
    zone = call.params.get("AvailabilityZone")
    zones = [zone] if zone else filters.get("availability-zone")
    products = call.params.get("ProductDescriptions") or filters.get("product-description") or ["Linux/UNIX"]
    if not {"Linux/UNIX", "Linux/UNIX (Amazon VPC)"} & set(products):
        return {"SpotPriceHistory": [], "NextToken": ""}
    history = [
        {
            "AvailabilityZone": offered,
            "InstanceType": instance_type,
            "ProductDescription": "Linux/UNIX",
            "SpotPrice": f"{spot_usd(instance_type):.6f}",
            "Timestamp": call.world.clock.now(),
        }
        for instance_type, offered in _offers(call.region, set(types))
        if zones is None or offered in zones
    ]
    start = int(call.params.get("NextToken") or 0)
    end = start + call.params.get("MaxResults", 1000)
    return {"SpotPriceHistory": history[start:end], "NextToken": str(end) if end < len(history) else ""}


@functools.cache
def on_demand() -> dict[str, float]:
    """USD per hour of every known type, Linux."""
    text = resources.files("eksgpu.sandbox").joinpath("data/prices.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
    return {row["instance_type"]: float(row["usd_per_hour"]) for row in rows}


def spot_usd(instance_type: str) -> float:
    """USD per hour of a type on Spot: its family's share of the on-demand price."""
    shares = _spot_shares()
    family = instance_type.split(".", 1)[0]
    share = shares["families"].get(family, shares["default"])
    return float(on_demand()[instance_type] * share)


@functools.cache
def _spot_shares() -> dict[str, Any]:
    text = resources.files("eksgpu.sandbox").joinpath("data/prices_spot.yaml").read_text(encoding="utf-8")
    document: dict[str, Any] = YAML(typ="safe", pure=True).load(text)
    return document


def _selected(instance_type: str | None) -> Iterable[tuple[str, float]]:
    if instance_type is None:
        return sorted(on_demand().items())
    usd = on_demand().get(instance_type)
    return [] if usd is None else [(instance_type, usd)]


def _offers(region: str, types: set[str]) -> list[tuple[str, str]]:
    """(type, zone) for each of `types` that has a price, by moto's copy of what each zone offers."""
    from moto.ec2.models.instance_types import INSTANCE_TYPE_OFFERINGS

    zonal = INSTANCE_TYPE_OFFERINGS["availability-zone"].get(region, [])
    known = on_demand()
    pairs = ((offer["InstanceType"], offer["Location"]) for offer in zonal)
    return sorted(pair for pair in pairs if pair[0] in types and pair[0] in known)


def _meets(attributes: dict[str, str], wanted: dict[str, str]) -> bool:
    return all(attributes.get(name) == value for name, value in wanted.items() if name != "productFamily")


def _attributes(instance_type: str, region: str) -> dict[str, str]:
    return {**_OFFER, "instanceType": instance_type, "regionCode": region, "usagetype": f"BoxUsage:{instance_type}"}


def _product(instance_type: str, region: str, usd: float) -> dict[str, Any]:
    sku = hashlib.sha256(instance_type.encode()).hexdigest()[:16].upper()
    term, rate = f"{sku}.{_HOURLY_TERM}", f"{sku}.{_HOURLY_TERM}.{_HOURLY_RATE}"
    dimension = {
        "unit": "Hrs",
        "beginRange": "0",
        "endRange": "Inf",
        "description": f"${usd} per On Demand Linux {instance_type} Instance Hour",
        "appliesTo": [],
        "rateCode": rate,
        "pricePerUnit": {"USD": f"{usd:.10f}"},
    }
    on_demand_term = {
        "sku": sku,
        "offerTermCode": _HOURLY_TERM,
        "effectiveDate": "2026-07-01T00:00:00Z",
        "termAttributes": {},
        "priceDimensions": {rate: dimension},
    }
    return {
        "product": {
            "productFamily": "Compute Instance",
            "attributes": _attributes(instance_type, region),
            "sku": sku,
        },
        "serviceCode": "AmazonEC2",
        "terms": {"OnDemand": {term: on_demand_term}},
        "version": "20260720000000",
        "publicationDate": "2026-07-20T00:00:00Z",
    }

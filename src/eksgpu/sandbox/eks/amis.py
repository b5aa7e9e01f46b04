"""Node images: which releases exist at a time, and the public SSM parameters that name them.

Reads the sandbox's table only. An image's id is a digest of its region and name, so it is the same wherever it shows.
"""

import functools
import hashlib
import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from eksgpu.sandbox.eks import data

_OPTIMIZED = "/aws/service/eks/optimized-ami"
_BOTTLEROCKET = "/aws/service/bottlerocket"


def release_versions(ami_type: str, kubernetes: str, now: datetime) -> list[str]:
    """The releaseVersion values that a node group of this amiType may have at `now`, newest first."""
    table = data.table("amis")
    if ami_type.startswith("BOTTLEROCKET"):
        return [f"{row['name']}-{row['build']}" for row in _released(table["bottlerocket"], now)]
    family = "amazonLinux2" if ami_type.startswith("AL2_") else "amazonLinux2023"
    patch = table["amazonLinux2023"]["patches"].get(kubernetes, kubernetes)
    return [f"{patch}-{row['name'].lstrip('v')}" for row in _released(table[family], now)]


def parameters(region: str, now: datetime) -> dict[str, str]:
    """Every public parameter of a region at `now`: name to value."""
    families = ("amazonLinux2023", "amazonLinux2", "bottlerocket")
    newest = tuple(len(_released(data.table("amis")[family], now)) for family in families)
    return _parameters(region, newest)


def image_id(region: str, image_name: str) -> str:
    return "ami-" + hashlib.sha256(f"{region}/{image_name}".encode()).hexdigest()[:17]


def _released(family: dict[str, Any], now: datetime) -> list[dict[str, Any]]:
    """Newest first."""
    rows = [row for row in family["releases"] if data.midnight(row["date"]) <= now]
    return sorted(rows, key=lambda row: row["date"], reverse=True)


@functools.lru_cache(maxsize=32)
def _parameters(region: str, counts: tuple[int, ...]) -> dict[str, str]:
    table = data.table("amis")
    families = [table["amazonLinux2023"], table["amazonLinux2"], table["bottlerocket"]]
    al2023, al2, bottlerocket = (
        sorted(family["releases"], key=lambda row: row["date"])[:count]
        for family, count in zip(families, counts, strict=True)
    )
    found: dict[str, str] = {}
    for kubernetes, patch in table["amazonLinux2023"]["patches"].items():
        found.update(_al2023(region, kubernetes, patch, al2023))
        if data.minor(kubernetes) <= data.minor(table["amazonLinux2"]["newest"]):
            found.update(_al2(region, kubernetes, patch, al2))
        found.update(_bottlerocket(region, kubernetes, bottlerocket))
    return found


def _al2023(region: str, kubernetes: str, patch: str, releases: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    for arch, variants in data.table("amis")["amazonLinux2023"]["variants"].items():
        for variant in variants:
            folder = f"{_OPTIMIZED}/{kubernetes}/amazon-linux-2023/{arch}/{variant}"
            for row in releases:
                name = f"amazon-eks-node-al2023-{arch}-{variant}-{kubernetes}-{row['name']}"
                yield from _image(f"{folder}/{name}", region, name, patch, row)
                yield from _image(f"{folder}/recommended", region, name, patch, row)


def _al2(region: str, kubernetes: str, patch: str, releases: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    for variant in data.table("amis")["amazonLinux2"]["variants"]:
        for row in releases:
            name = f"{variant.replace('amazon-linux-2', 'amazon-eks-node')}-{kubernetes}-{row['name']}"
            yield from _image(f"{_OPTIMIZED}/{kubernetes}/{variant}/recommended", region, name, patch, row)


def _image(folder: str, region: str, name: str, patch: str, row: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """The parameters of one folder; of several rows for one folder the last one stays."""
    described = {
        "image_id": image_id(region, name),
        "image_name": name,
        "release_version": f"{patch}-{row['name'].lstrip('v')}",
    }
    yield folder, json.dumps({"schema_version": "2", **described})
    for key, value in described.items():
        yield f"{folder}/{key}", value


def _bottlerocket(region: str, kubernetes: str, releases: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    table = data.table("amis")["bottlerocket"]
    for variant in table["variants"]:
        for arch in table["architectures"]:
            folder = f"{_BOTTLEROCKET}/aws-k8s-{kubernetes}{variant}/{arch}"
            for row in releases:
                name = f"bottlerocket-aws-k8s-{kubernetes}{variant}-{arch}-v{row['name']}-{row['build']}"
                for version in (row["name"], "latest"):
                    yield f"{folder}/{version}/image_id", image_id(region, name)
                    yield f"{folder}/{version}/image_version", f"{row['name']}-{row['build']}"

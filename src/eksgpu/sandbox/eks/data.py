"""The sandbox's tables about EKS: Kubernetes versions, add-on versions and node images, from `sandbox/data`.

Pure look-ups in those files; what is current at a time is asked with that time.
"""

import functools
from datetime import UTC, date, datetime, time
from importlib import resources
from typing import Any

from ruamel.yaml import YAML


@functools.cache
def table(name: str) -> dict[str, Any]:
    """The parsed file `sandbox/data/<name>.yaml`."""
    text = resources.files("eksgpu.sandbox").joinpath(f"data/{name}.yaml").read_text(encoding="utf-8")
    document: dict[str, Any] = YAML(typ="safe", pure=True).load(text)
    return document


def midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def minor(version: str) -> int:
    """35 for "1.35" or "1.35.6"; -1 when it is no Kubernetes version."""
    parts = version.split(".")
    return int(parts[1]) if len(parts) > 1 and parts[0] == "1" and parts[1].isdigit() else -1


def versions_at(now: datetime) -> dict[str, dict[str, Any]]:
    """The Kubernetes versions that EKS has released by `now`, newest first."""
    rows: dict[str, dict[str, Any]] = table("eks_versions")["versions"]
    return {version: row for version, row in rows.items() if midnight(row["release"]) <= now}


def support(row: dict[str, Any], now: datetime) -> str:
    """STANDARD_SUPPORT, EXTENDED_SUPPORT or UNSUPPORTED at `now`."""
    if now < midnight(row["endOfStandard"]):
        return "STANDARD_SUPPORT"
    return "EXTENDED_SUPPORT" if now < midnight(row["endOfExtended"]) else "UNSUPPORTED"


def creatable(version: str, now: datetime) -> bool:
    """Does EKS make new clusters of this version at `now`?"""
    row = versions_at(now).get(version)
    return row is not None and support(row, now) != "UNSUPPORTED"


def default_version() -> str:
    return str(table("eks_versions")["defaultVersion"])


def addon_rows(name: str, kubernetes: str | None) -> list[dict[str, Any]]:
    """The versions of an add-on, newest first, that run on a Kubernetes version (on any, when None)."""
    rows: list[dict[str, Any]] = table("addon_versions")["addons"].get(name, {}).get("versions", [])
    return [row for row in rows if kubernetes is None or kubernetes in runs_on(row)]


def runs_on(row: dict[str, Any]) -> list[str]:
    """The Kubernetes versions that one add-on version runs on."""
    return [f"1.{number}" for number in range(minor(row["from"]), minor(row["to"]) + 1)]

"""The account's service quotas: names, codes and values of a fresh account or of a working one.

The service-quotas handlers read them, and so does whatever enforces one (VPCs, addresses, vCPUs).
"""

import functools
from dataclasses import dataclass, replace
from importlib import resources

from ruamel.yaml import YAML


@dataclass(frozen=True)
class Quota:
    """One quota. `default` is a fresh account's value, `value` what applies here."""

    service: str
    code: str
    name: str
    default: float
    value: float
    unit: str = "None"
    adjustable: bool = True


class Quotas:
    """All quotas of one World, the same in every region."""

    def __init__(self, *, fresh: bool = False) -> None:
        self._by_code = {quota.code: quota for quota in _load()}
        if fresh:
            self._by_code = {code: replace(quota, value=quota.default) for code, quota in self._by_code.items()}

    def value(self, code: str) -> float:
        """The applied value. Raises KeyError for a code that the data lacks."""
        return self._by_code[code].value

    def set(self, code: str, value: float) -> None:
        self._by_code[code] = replace(self._by_code[code], value=value)

    def get(self, service: str, code: str) -> Quota | None:
        quota = self._by_code.get(code)
        return quota if quota is not None and quota.service == service else None

    def of(self, service: str) -> list[Quota]:
        """Those of one service code, in the order of the data."""
        return [quota for quota in self._by_code.values() if quota.service == service]


@functools.cache
def _load() -> tuple[Quota, ...]:
    text = resources.files("eksgpu.sandbox").joinpath("data/quotas.yaml").read_text(encoding="utf-8")
    document = YAML(typ="safe", pure=True).load(text)
    return tuple(
        Quota(
            service=row["service"],
            code=row["code"],
            name=row["name"],
            default=float(row["default"]),
            value=float(row.get("raised", row["default"])),
            unit=row.get("unit", "None"),
            adjustable=row.get("adjustable", True),
        )
        for row in document["quotas"]
    )

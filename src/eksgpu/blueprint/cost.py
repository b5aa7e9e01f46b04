"""What a cluster costs before it exists, item by item. Data transfer is never part of it, and the report says so."""

from dataclasses import dataclass
from typing import Any

HOURS_PER_MONTH = 730
EXCLUDED = "data transfer, NAT data processing, log ingestion and requests are billed by use and not included"


@dataclass(frozen=True)
class CostItem:
    """One line of the bill.

    always:   runs from apply to destroy; else `usd_per_hour` is a ceiling, reached only when pods ask for it.
    rests_on: where the unit price comes from (the pricing API, or the catalogue with date and region).
    """

    what: str
    count: float
    usd_per_hour: float
    always: bool
    rests_on: str
    detail: str = ""


@dataclass(frozen=True)
class Cost:
    """All lines; the sums count only what always runs."""

    items: tuple[CostItem, ...]

    @property
    def usd_per_hour(self) -> float:
        return sum(item.usd_per_hour for item in self.items if item.always)

    @property
    def usd_per_month(self) -> float:
        """A month of 730 hours."""
        return self.usd_per_hour * HOURS_PER_MONTH

    @property
    def ceiling_usd_per_hour(self) -> float:
        """Everything running at its limit."""
        return sum(item.usd_per_hour for item in self.items)

    def as_json(self) -> dict[str, Any]:
        return {
            "usdPerHour": round(self.usd_per_hour, 4),
            "usdPerMonth": round(self.usd_per_month, 2),
            "ceilingUsdPerHour": round(self.ceiling_usd_per_hour, 4),
            "items": [
                {
                    "what": item.what,
                    "count": item.count,
                    "usdPerHour": round(item.usd_per_hour, 4),
                    "always": item.always,
                    "restsOn": item.rests_on,
                    "detail": item.detail,
                }
                for item in self.items
            ],
            "excluded": EXCLUDED,
        }

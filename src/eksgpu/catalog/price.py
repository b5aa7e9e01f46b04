"""List prices of what a cluster is made of, apart from instances, whose prices stand in the table of instance types.

They are us-east-1's and stand in until `facts` has read the region's own from AWS.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from eksgpu.catalog import load
from eksgpu.units import Money


@dataclass(frozen=True, slots=True)
class Price:
    """`usd` for one `per`: `hour`, `month`, `gigabyte-month`, `iops-month`, `mibps-month`."""

    usd: float
    per: str
    what: str

    def money(self, amount: float = 1.0) -> Money:
        """What `amount` of it costs, running without a pause."""
        if self.per == "hour":
            return Money(self.usd * amount)
        return Money.per_month(self.usd * amount)


@cache
def prices() -> Mapping[str, Price]:
    """Every price, by name."""
    return {name: Price(**entry) for name, entry in load.document("prices")["prices"].items()}


def price(name: str) -> Price:
    """One price by its name in the data file; KeyError for a name that is not there."""
    return prices()[name]


def excluded() -> tuple[str, ...]:
    """What no estimate contains, in words for a person."""
    return tuple(load.document("prices")["excluded"])

"""Small units that specs, the catalogue and the terminal share: quantities, bytes, money, durations.

Each parses what people and Kubernetes write, keeps one exact value, and prints one spelling that parses to it again.
It knows nothing of where the values come from.
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Self

HOURS_PER_MONTH = 730
"""AWS's own month in price estimates."""

_DECIMAL = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12, "P": 10**15, "E": 10**18}
_BINARY = {"Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40, "Pi": 2**50, "Ei": 2**60}
_QUANTITY = re.compile(r"(\d+(?:\.\d+)?)(m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei|)")
_BYTES = re.compile(r"(\d+(?:\.\d+)?) ?(k|m|g|t|p|e|ki|mi|gi|ti|pi|ei|)b?", re.IGNORECASE)
_DURATION = re.compile(r"(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?")


@dataclass(frozen=True, slots=True)
class Quantity:
    """A Kubernetes quantity as written: `1000`, `500m`, `100Gi`. Two spellings of one number are unequal."""

    digits: Decimal
    suffix: str = ""

    @classmethod
    def parse(cls, text: str) -> Self:
        """`500m`, `1.5`, `100Gi`. ValueError if it is none."""
        found = _QUANTITY.fullmatch(text)
        if not found:
            raise ValueError(f"{text!r} is no quantity such as 4, 500m or 100Gi")
        return cls(Decimal(found[1]), found[2])

    @property
    def number(self) -> Decimal:
        """The plain number: 0.5 for `500m`, 1024 for `1Ki`."""
        if self.suffix == "m":
            return self.digits / 1000
        return self.digits * (_DECIMAL | _BINARY)[self.suffix]

    def __str__(self) -> str:
        return f"{self.digits:f}{self.suffix}"


@dataclass(frozen=True, slots=True, order=True)
class Bytes:
    """A size in whole bytes."""

    count: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """`100Gi`, `100GiB`, `16GB`, `16mb`: binary with an `i`, else decimal. ValueError if it is none."""
        found = _BYTES.fullmatch(text.strip())
        if not found:
            raise ValueError(f"{text!r} is no size such as 100Gi or 16GB")
        unit = found[2].lower()
        factor = _BINARY[unit.capitalize()] if unit.endswith("i") else _DECIMAL[unit.upper().replace("K", "k")]
        count = Decimal(found[1]) * factor
        if count != int(count):
            raise ValueError(f"{text!r} is no whole number of bytes")
        return cls(int(count))

    @classmethod
    def gib(cls, amount: int) -> Self:
        """`amount` GiB."""
        return cls(amount * 2**30)

    @property
    def in_gib(self) -> float:
        """The size in GiB."""
        return float(self.count / 2**30)

    def __str__(self) -> str:
        """The shortest exact spelling: `100Gi`, `16G`, `1500`; Kubernetes reads it too."""
        spellings = [
            f"{self.count // factor}{unit}"
            for unit, factor in (_DECIMAL | _BINARY).items()
            if self.count % factor == 0 and (self.count or not unit)
        ]
        return min(spellings, key=len)


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """US dollars per hour; a month is 730 hours."""

    usd_per_hour: float

    @classmethod
    def per_month(cls, usd: float) -> Self:
        """What costs so much a month."""
        return cls(usd / HOURS_PER_MONTH)

    @property
    def usd_per_month(self) -> float:
        """The same, for a month of 730 hours."""
        return self.usd_per_hour * HOURS_PER_MONTH

    @property
    def usd_per_day(self) -> float:
        """The same, for a day."""
        return self.usd_per_hour * 24

    def __add__(self, other: "Money") -> "Money":
        return Money(self.usd_per_hour + other.usd_per_hour)

    def __mul__(self, times: float) -> "Money":
        return Money(self.usd_per_hour * times)

    def __str__(self) -> str:
        """`$0.192/h`: as many digits as a small price needs, never fewer than two."""
        cents = f"{self.usd_per_hour:,.4f}".rstrip("0")
        whole, _, fraction = cents.partition(".")
        return f"${whole}.{fraction:0<2}/h"


@dataclass(frozen=True, slots=True, order=True)
class Duration:
    """A time span in whole seconds."""

    seconds: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """`30s`, `720h`, `1h30m`. ValueError if it is none."""
        found = _DURATION.fullmatch(text)
        if not found or not text:
            raise ValueError(f"{text!r} is no duration such as 30s, 5m or 720h")
        hours, minutes, seconds = (int(part or 0) for part in found.groups())
        return cls(hours * 3600 + minutes * 60 + seconds)

    def __str__(self) -> str:
        """`1h30m`, as Go and Kubernetes write it; `0s` for none."""
        minutes, seconds = divmod(self.seconds, 60)
        hours, minutes = divmod(minutes, 60)
        parts = [f"{amount}{unit}" for amount, unit in ((hours, "h"), (minutes, "m"), (seconds, "s")) if amount]
        return "".join(parts) or "0s"

"""Kubernetes quantities as numbers, and in the one spelling that a server answers with.

Follows apimachinery's `resource.Quantity`: `1000m` is `1`, `2048Gi` is `2Ti`, `0.5` is `500m`.
"""

import re
from fractions import Fraction
from functools import lru_cache

_SHAPE = re.compile(r"([+-]?(?:\d+(?:\.\d*)?|\.\d+))(n|u|m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei|[eE][+-]?\d+|)")
_DECIMAL = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_BINARY = {"Ki": 1, "Mi": 2, "Gi": 3, "Ti": 4, "Pi": 5, "Ei": 6}


@lru_cache(maxsize=4096)
def number(value: object) -> Fraction:
    """The exact number. ValueError when it is no quantity."""
    digits, suffix = _parts(value)
    if suffix in _BINARY:
        return digits * (1 << 10 * _BINARY[suffix])
    if suffix in _DECIMAL:
        return digits * Fraction(10) ** _DECIMAL[suffix]
    return digits * Fraction(10) ** int(suffix[1:])


@lru_cache(maxsize=4096)
def canonical(value: object) -> str:
    """The server's spelling. ValueError when it is no quantity."""
    _, suffix = _parts(value)
    exact = number(value)
    if suffix in _BINARY and exact.denominator == 1 and abs(exact) >= 1024:
        return _binary(int(exact))
    if suffix[:1] in ("e", "E") and suffix not in _DECIMAL:
        return _decimal(exact, exponent=True)
    return _decimal(exact)


def text(exact: Fraction, like: object = "") -> str:
    """A number in the canonical spelling, binary when `like` is."""
    _, suffix = _parts(like) if like != "" else (Fraction(0), "")
    if suffix in _BINARY and exact.denominator == 1 and abs(exact) >= 1024:
        return _binary(int(exact))
    return _decimal(exact)


def _parts(value: object) -> tuple[Fraction, str]:
    found = _SHAPE.fullmatch(str(value).strip()) if not isinstance(value, bool) else None
    if found is None:
        raise ValueError(f"{value!r} is no quantity")
    return Fraction(found[1]), found[2]


def _binary(count: int) -> str:
    power = 0
    while power < 6 and count % 1024 == 0:
        count, power = count // 1024, power + 1
    return f"{count}{next((name for name, size in _BINARY.items() if size == power), '')}"


def _decimal(exact: Fraction, *, exponent: bool = False) -> str:
    if exact == 0:
        return "0"
    power = -9
    scaled = exact * 10**9
    count = -(-scaled.numerator // scaled.denominator)  # finer than nano is rounded up
    while power < 18 and count % 1000 == 0:
        count, power = count // 1000, power + 3
    if exponent:
        return f"{count}e{power}" if power else str(count)
    return f"{count}{next(name for name, size in _DECIMAL.items() if size == power)}"

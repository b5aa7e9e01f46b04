"""Values in the query of a request, read as Go reads them."""

import re
from collections.abc import Mapping

from eksgpu.sandbox.kubernetes.failure import bad_request

_INTEGER = re.compile(r"[+-]?[0-9]+")


def flag(query: Mapping[str, str], name: str) -> bool:
    """Whether a switch is on: named, and neither `false` nor `0`."""
    return name in query and query[name].lower() not in ("false", "0")


def integer(query: Mapping[str, str], name: str) -> int | None:
    """A number; None when it is not named. Raises ApiError 400."""
    text = query.get(name, "")
    if not text:
        return None
    if not _INTEGER.fullmatch(text):
        raise bad_request(f'strconv.ParseInt: parsing "{text}": invalid syntax')
    return int(text)

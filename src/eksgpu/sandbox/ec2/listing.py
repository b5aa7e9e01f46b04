"""Describe calls: ids, filters and pages over any list of response items, the same way for every EC2 object.

moto ignores MaxResults for some calls, knows too few filters and does not name the id that is missing. It must not
know where the items come from.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from eksgpu.sandbox.overlay import Call, Refused

MAX_PAGE = 1000
WILD = frozenset("*?")
SPECIAL = frozenset("*?[\\")  # to moto's patterns


@dataclass(frozen=True)
class Listing:
    """How one Describe operation is read.

    `member` is the list in the response, `ids` the parameter that selects by `key`, `missing` the error code and text
    for an unknown id, `filters` maps filter names to paths in an item (a dot goes into a structure or through a list).
    """

    member: str
    key: str
    ids: str | None = None
    missing: tuple[str, str] | None = None
    filters: Mapping[str, str] = field(default_factory=dict)


def listed(call: Call, listing: Listing, items: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The response to a Describe call: the items that were asked for, one page of them.

    Raises `missing` for an unknown id and InvalidParameterValue for an unknown filter, token or page size.
    """
    wanted = call.params.get(listing.ids) if listing.ids else None
    if wanted:
        items = _by_id(listing, items, wanted)
    for clause in call.params.get("Filters") or call.params.get("Filter") or ():
        items = _matching(listing, items, clause)
    return paged(call, listing, items)


def stock(call: Call, listing: Listing) -> list[dict[str, Any]]:
    """All that may be asked for of what moto knows of this kind in the region: the request without ids and paging.

    Of the filters moto gets those by a tag's plain value, which it reads as we do, so as not to tell all there is.
    """
    ids = {listing.ids: None} if listing.ids else {}
    plain = [] if call.params.get(listing.ids or "") else [one for one in call.params.get("Filters", ()) if _plain(one)]
    answer = call.moto_with(Filters=plain or None, MaxResults=None, NextToken=None, **ids)
    return list(answer.get(listing.member, []))


def paged(call: Call, listing: Listing, items: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """One page of `items` by the request's MaxResults and NextToken, without regard to its ids and filters."""
    size = call.params.get("MaxResults")
    start = _offset(call.params.get("NextToken"), len(items))
    if size is None:
        return {listing.member: list(items[start:])}
    if listing.ids and call.params.get(listing.ids):
        raise Refused(
            "InvalidParameterCombination",
            f"The parameter {listing.ids} cannot be used with the parameter MaxResults",
        )
    if size > MAX_PAGE:
        raise Refused(
            "InvalidParameterValue",
            f"Value ( {size} ) for parameter maxResults is invalid. Expecting a value of at most {MAX_PAGE}.",
        )
    answer: dict[str, Any] = {listing.member: list(items[start : start + size])}
    if start + size < len(items):
        answer["NextToken"] = f"eyJ2IjoiMiJ9-{start + size}"
    return answer


def _plain(clause: Mapping[str, Any]) -> bool:
    values = clause.get("Values", ())
    return clause["Name"].startswith("tag:") and bool(values) and all(SPECIAL.isdisjoint(one) for one in values)


def _by_id(listing: Listing, items: Iterable[dict[str, Any]], wanted: Iterable[str]) -> list[dict[str, Any]]:
    found = {item[listing.key]: item for item in items}
    unknown = [one for one in wanted if one not in found]
    if unknown:
        code, text = listing.missing or ("InvalidParameterValue", "'{}' does not exist")
        raise Refused(code, text.format(unknown[0]))
    return [found[one] for one in dict.fromkeys(wanted)]


def _matching(listing: Listing, items: Iterable[dict[str, Any]], clause: Mapping[str, Any]) -> list[dict[str, Any]]:
    name, wanted = clause["Name"], clause.get("Values", ())
    plain = {one for one in wanted if WILD.isdisjoint(one)}
    patterns = [_pattern(one) for one in wanted if one not in plain]
    return [
        item
        for item in items
        if any(
            value in plain or any(pattern.fullmatch(value) for pattern in patterns)
            for value in _values(listing, item, name)
        )
    ]


def _values(listing: Listing, item: dict[str, Any], name: str) -> list[str]:
    path = listing.filters.get(name, "")
    if isinstance(value := item.get(path), str):
        return [value]
    tags = item.get("Tags") or item.get("TagSet") or []
    if name.startswith("tag:"):
        return [tag["Value"] for tag in tags if tag["Key"] == name[4:]]
    if name in ("tag-key", "tag-value"):
        return [tag["Key" if name == "tag-key" else "Value"] for tag in tags]
    if name not in listing.filters:
        raise Refused("InvalidParameterValue", f"The filter '{name}' is invalid")
    return list(_at(item, listing.filters[name].split(".")))


def _at(value: Any, path: Sequence[str]) -> Iterable[str]:
    if isinstance(value, list):
        for one in value:
            yield from _at(one, path)
    elif path:
        if isinstance(value, Mapping) and path[0] in value:
            yield from _at(value[path[0]], path[1:])
    elif isinstance(value, bool):
        yield str(value).lower()
    elif value is not None:
        yield str(value)


@lru_cache(maxsize=4096)
def _pattern(wanted: str) -> re.Pattern[str]:
    """EC2's wildcards: `*` for any run of characters, `?` for one."""
    parts = (".*" if sign == "*" else "." if sign == "?" else re.escape(sign) for sign in wanted)
    return re.compile("".join(parts), re.DOTALL)


def _offset(token: str | None, count: int) -> int:
    if not token:
        return 0
    tail = token.rpartition("-")[2]
    if not tail.isdigit() or int(tail) > count:
        raise Refused("InvalidNextToken", "The token is invalid.")
    return int(tail)

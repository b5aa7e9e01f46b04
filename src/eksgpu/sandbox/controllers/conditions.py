"""Conditions and times as Kubernetes writes them."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any


def timestamp(at: datetime) -> str:
    """UTC, whole seconds."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def condition(type: str, *, status: bool = True, reason: str = "", message: str = "") -> dict[str, str]:  # noqa: A002
    """One condition, its time left open. Without a reason it is its own."""
    return {"type": type, "status": "True" if status else "False", "reason": reason or type, "message": message}


def merged(
    known: Iterable[Mapping[str, Any]], wanted: Iterable[Mapping[str, str]], now: datetime
) -> list[dict[str, Any]]:
    """The wanted conditions in place of known ones of the same type; a time moves only when its status does."""
    by_type = {str(one["type"]): dict(one) for one in known}
    for one in wanted:
        before = by_type.get(one["type"])
        same = before is not None and before["status"] == one["status"]
        since = before["lastTransitionTime"] if before is not None and same else timestamp(now)
        by_type[one["type"]] = {**one, "lastTransitionTime": since}
    return list(by_type.values())


def holds(obj: Mapping[str, Any], type: str) -> bool:  # noqa: A002
    """Is this condition of the object True?"""
    known = (obj.get("status") or {}).get("conditions") or ()
    return any(one["type"] == type and one["status"] == "True" for one in known)

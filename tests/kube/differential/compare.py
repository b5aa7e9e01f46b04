"""How two answers differ, as paths; and which differences are known."""

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

from .known import KNOWN, Known
from .requests import Object

Difference = tuple[str, Any, Any]
_MISSING = "(missing)"


def differences(ours: Object, theirs: Object) -> list[Difference]:
    """(path, ours, theirs) of all that counts: of a failure its code, its reason and which fields are at fault."""
    return sorted(_differ(_compared(ours), _compared(theirs), ""), key=lambda found: found[0])


def unknown(case: str, step: str, found: list[Difference]) -> list[Difference]:
    """The differences that are not in the list."""
    return [one for one in found if known(case, step, one[0]) is None]


def known(case: str, step: str, path: str) -> Known | None:
    at = f"{case}/{step}{path}"
    return next((one for one in KNOWN if fnmatchcase(at, one.pattern)), None)


def _compared(answer: Object) -> Object:
    if answer["status"] >= 400:
        told = {key: value for key, value in answer["body"].items() if key != "message"}
        return {"status": answer["status"], **told}
    return {key: value for key, value in answer.items() if key != "warnings"} | {"warned": bool(answer.get("warnings"))}


def _differ(ours: Any, theirs: Any, at: str) -> Iterator[Difference]:
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for key in ours.keys() | theirs.keys():
            yield from _differ(ours.get(key, _MISSING), theirs.get(key, _MISSING), f"{at}.{key}")
    elif isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        for number, pair in enumerate(zip(ours, theirs, strict=True)):
            yield from _differ(*pair, f"{at}[{number}]")
    elif ours != theirs:
        yield at, ours, theirs

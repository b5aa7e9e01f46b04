"""What all EKS operations of the sandbox share: their registration, the clock behind them, and pages of lists.

EKS shares the queue of due work with EC2, so that what it does to a VPC happens in the order of time. It must not know
what an operation does.
"""

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Any

from eksgpu.sandbox.ec2.backend import settle
from eksgpu.sandbox.eks import refusals
from eksgpu.sandbox.overlay import Call, Handler, operation, settles

_PAGE = 100

# Clusters come and go whichever service looks: the VPC's groups and interfaces, the log groups depend on it.
settles(settle)


def eks(*names: str) -> Callable[[Handler], Handler]:
    """Register a handler for EKS operations."""
    return operation("eks", *names)


def page(call: Call, items: Sequence[Any], key: str, **beside: Any) -> dict[str, Any]:
    """One page of `items` under `key`, by the request's maxResults and nextToken."""
    start = _offset(call.params.get("nextToken"))
    end = start + int(call.params.get("maxResults") or _PAGE)
    answer: dict[str, Any] = {key: list(items[start:end]), **beside}
    if end < len(items):
        answer["nextToken"] = base64.b64encode(str(end).encode()).decode()
    return answer


def _offset(token: str | None) -> int:
    if not token:
        return 0
    try:
        return int(base64.b64decode(token, validate=True))
    except (binascii.Error, ValueError) as error:
        raise refusals.invalid("The nextToken in the request is not valid.") from error

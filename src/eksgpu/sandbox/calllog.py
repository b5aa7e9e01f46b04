"""The log of a World: every call to AWS that reached it, and every change in a cluster, in order.

Tests count and compare calls here; the server shows it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

# Reads by the first word of their name; everything else changes something.
_READS = ("Describe", "Get", "List", "Simulate", "Lookup", "Search", "Decode", "Query", "Select")

KUBERNETES = "kubernetes"
"""The service of calls to a cluster's own API. Their operations are a verb and a kind, `apply:NodePool`."""

_KUBERNETES_READS = ("get:", "list:", "watch:", "review:", "dry-run:")


@dataclass
class LoggedCall:
    """One call. `seconds` is the World's clock when it came; `status` and `error` are set when it is answered.

    A call whose connection was dropped keeps `status` None when it was not executed.
    """

    number: int
    service: str
    operation: str
    region: str
    params: dict[str, Any] = field(repr=False)
    seconds: float
    status: int | None = None
    error: str | None = None

    @property
    def name(self) -> str:
        return f"{self.service}:{self.operation}"

    @property
    def mutates(self) -> bool:
        """Does the operation, by its name, change anything?"""
        return not self.operation.startswith(_READS if self.is_aws else _KUBERNETES_READS)

    @property
    def is_aws(self) -> bool:
        """Did it go to AWS, and not to a cluster's Kubernetes API?"""
        return self.service != KUBERNETES

    def as_dict(self) -> dict[str, Any]:
        return {
            "number": self.number, "service": self.service, "operation": self.operation, "region": self.region,
            "params": self.params, "seconds": self.seconds, "status": self.status, "error": self.error,
        }  # fmt: skip


class CallLog(list[LoggedCall]):
    """Calls in the order they came. With a `limit`, the oldest go first; `total` still counts them."""

    def __init__(self, limit: int | None = None) -> None:
        super().__init__()
        self.limit = limit
        self.total = 0

    def add(self, service: str, operation: str, region: str, params: dict[str, Any], seconds: float) -> LoggedCall:
        self.total += 1
        call = LoggedCall(self.total, service, operation, region, params, seconds)
        self.append(call)
        if self.limit is not None and len(self) > self.limit:
            del self[0 : len(self) - self.limit]
        return call

    def mutations(self) -> Iterator[LoggedCall]:
        return (call for call in self if call.mutates)

    def counts(self) -> dict[str, int]:
        """How often each `service:Operation` was called, by name."""
        counted: dict[str, int] = {}
        for call in self:
            counted[call.name] = counted.get(call.name, 0) + 1
        return dict(sorted(counted.items()))

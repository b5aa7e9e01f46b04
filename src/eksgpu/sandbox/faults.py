"""Faults as data: which call of which operation goes wrong, and how.

A fault is decided when a call comes and carried out by the World around the execution. Knows no service.
"""

import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Literal, TypeVar

from eksgpu.engine.clock import Clock
from eksgpu.sandbox.calllog import LoggedCall

Doing = Literal["error", "drop_before", "drop_after", "delay", "error_after"]
Moment = Literal["before", "after"]
Answer = TypeVar("Answer")
Hook = Callable[[Moment, LoggedCall], None]

_DOINGS = ("error", "drop_before", "drop_after", "delay", "error_after")


class ConnectionDropped(Exception):
    """The client must see its connection break; nothing is answered."""


@dataclass(frozen=True)
class Fault:
    """One rule. The matching calls numbered `nth` to `nth + times - 1` (from 1) are hit; without `nth`, the first
    `times`; `times=0` means every one from there on.

    `service` and `operation` may be "*". The service of a cluster's own API is "kubernetes"; its operations are a verb
    and a kind: "apply:NodePool", "delete:Deployment", "list:Node", "update:Pod/status". `do`: "error" refuses before
    executing, "error_after" executes and then answers the error, "drop_before" and "drop_after" break the connection,
    "delay" waits `seconds` of the World's clock and goes on.
    """

    service: str
    operation: str
    nth: int | None = None
    times: int = 1
    do: Doing = "error"
    code: str = "InternalError"
    message: str = "An internal error has occurred."
    status: int | None = None
    seconds: float = 0.0

    def __post_init__(self) -> None:
        if self.do not in _DOINGS:
            raise ValueError(f"{self.do!r} is not something a fault can do; it is one of {', '.join(_DOINGS)}")

    def hits(self, number: int) -> bool:
        """Does the matching call with this number (from 1) go wrong?"""
        first = self.nth or 1
        return number >= first and (self.times == 0 or number < first + self.times)

    def matches(self, call: LoggedCall) -> bool:
        return self.service in ("*", call.service) and self.operation in ("*", call.operation)


class Faults:
    """The faults of one World, each with its own count of matching calls.

    `hook`, when set, is called just before and just after each execution, outside the World's lock: crash tests fork
    or kill there. An "after" is reported only for calls that were executed.
    """

    def __init__(self) -> None:
        self.hook: Hook | None = None
        self._counted: list[tuple[Fault, list[int]]] = []
        self._lock = threading.Lock()

    def add(self, *faults: Fault) -> None:
        with self._lock:
            self._counted += [(fault, [0]) for fault in faults]

    def clear(self) -> None:
        with self._lock:
            self._counted.clear()

    def strike(self, call: LoggedCall) -> tuple[Fault, ...]:
        """The faults that hit this call, in the order they were added; every match is counted."""
        struck: list[Fault] = []
        with self._lock:
            for fault, count in self._counted:
                if fault.matches(call):
                    count[0] += 1
                    if fault.hits(count[0]):
                        struck.append(fault)
        return tuple(struck)

    @property
    def armed(self) -> bool:
        """Is there any fault?"""
        return bool(self._counted)

    def around(
        self,
        call: LoggedCall,
        clock: Clock,
        execute: Callable[[], Answer],
        refuse: Callable[[Fault], Answer],
        *,
        told: bool = True,
    ) -> Answer:
        """Execute a call with the faults that strike it; `told`: the hook hears of it. Raises ConnectionDropped."""
        if told:
            self.tell("before", call)
        struck = self.strike(call)
        for fault in struck:
            if fault.do == "delay":
                clock.sleep(fault.seconds)
            elif fault.do == "drop_before":
                call.error = "dropped before execution"
                raise ConnectionDropped(call.name)
            elif fault.do == "error":
                return refuse(fault)
        answer = execute()
        if told:
            self.tell("after", call)
        for fault in struck:
            if fault.do == "drop_after":
                call.error = "dropped after execution"
                raise ConnectionDropped(call.name)
            if fault.do == "error_after":
                return refuse(fault)
        return answer

    def tell(self, moment: Moment, call: LoggedCall) -> None:
        if self.hook is not None:
            self.hook(moment, call)

    def as_dicts(self) -> list[dict[str, Any]]:
        """Every fault with the number of matching calls so far under `seen`."""
        with self._lock:
            return [{**asdict(fault), "seen": count[0]} for fault, count in self._counted]


def throttle(service: str, operation: str, nth: int | None = None, times: int = 1) -> Fault:
    """A refusal for rate, under the code and status that this service uses for it."""
    code, status = _THROTTLES.get(service, ("ThrottlingException", 400))
    return Fault(service, operation, nth, times, "error", code, "Rate exceeded", status)


def lost_answer(service: str, operation: str, nth: int | None = None) -> Fault:
    """The operation is executed, but the connection breaks before the answer."""
    return Fault(service, operation, nth, 1, "drop_after")


def failed_after(service: str, operation: str, nth: int | None = None) -> Fault:
    """The operation is executed, but the answer is a 500."""
    return Fault(service, operation, nth, 1, "error_after", "InternalFailure", "An internal error occurred.", 500)


# How each service words a refusal for rate; sources: botocore's retry tables and models.
_THROTTLES = {
    "ec2": ("RequestLimitExceeded", 503),
    "iam": ("Throttling", 400),
    "sts": ("Throttling", 400),
    "elbv2": ("Throttling", 400),
    "autoscaling": ("Throttling", 400),
    "sqs": ("RequestThrottled", 403),
    "eks": ("ThrottlingException", 429),
    "service-quotas": ("TooManyRequestsException", 400),
    "kubernetes": ("TooManyRequests", 429),
}

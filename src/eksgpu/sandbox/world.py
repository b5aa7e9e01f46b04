"""One fake AWS account: its clock, its state, its faults and its log, behind one synchronous `handle(request)`.

Used in process by tests and behind a socket by the server; both see the same account. Holds no threads and no open
files, so it survives a fork. moto's own state is the process's, so a new World makes older ones unusable.
"""

import random
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any, TypeVar

from botocore.session import get_session
from botocore.validate import ParamValidator

from eksgpu.engine.clock import Clock
from eksgpu.sandbox import moto_bridge, wire
from eksgpu.sandbox.calllog import CallLog, LoggedCall
from eksgpu.sandbox.durations import Durations
from eksgpu.sandbox.faults import Faults
from eksgpu.sandbox.identity import ACCOUNT
from eksgpu.sandbox.limits import Quotas
from eksgpu.sandbox.overlay import OPERATIONS, SETTLERS, Call, NotServed, Refused, load_handlers, read
from eksgpu.sandbox.permissions import refusal
from eksgpu.sandbox.wire import Request, Response, Target

S = TypeVar("S")


class World:
    """An account. `denied` holds IAM actions ("ec2:CreateVpc") that the caller lacks; it may change at any time.

    `options` are switches that single handlers read by name; each says what it is where it reads it.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        account: str = ACCOUNT,
        caller_arn: str | None = None,
        fresh_quotas: bool = False,
        durations: Durations | None = None,
        seed: int = 0,
        denied: Iterable[str] = (),
        log_limit: int | None = None,
        options: Mapping[str, Any] | None = None,
    ) -> None:
        load_handlers()
        moto_bridge.reset(seed)
        self.clock = clock
        self.account = account
        self.caller_arn = caller_arn or f"arn:aws:iam::{account}:user/sandbox"
        self.durations = durations or Durations()
        self.quotas = Quotas(fresh=fresh_quotas)
        self.partition = "aws"
        self.options = dict(options or {})
        self.denied = set(denied)
        self.random = random.Random(seed)  # noqa: S311  reproducible ids, no secrets
        self.faults = Faults()
        self.log = CallLog(log_limit)
        self._states: dict[tuple[type[Any], str], Any] = {}
        self._regions: dict[str, None] = {}
        self._lock = threading.RLock()

    def state(self, kind: type[S], region: str) -> S:
        """The one `kind(world, region)` of this World for a region; made when first asked for."""
        with self._lock:
            if (kind, region) not in self._states:
                self._states[kind, region] = kind(self, region)  # type: ignore[call-arg]
            found: S = self._states[kind, region]
            return found

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the account still. Who also holds a Kubernetes API's lock takes that one first."""
        with self._lock:
            yield

    def states(self, kind: type[S]) -> dict[str, S]:
        """Those of one kind that exist already, by region."""
        with self._lock:
            return {region: state for (known, region), state in self._states.items() if known is kind}

    def settle(self, region: str | None = None) -> None:
        """Bring every region seen so far, and this one, up to the clock."""
        with self._lock:
            if region is not None:
                self._regions[region] = None
            for known in self._regions:
                for settle in SETTLERS:
                    settle(self, known)

    def new_id(self, prefix: str, digits: int = 17) -> str:
        """`prefix` plus hexadecimal digits, the same in every run with the same seed."""
        return prefix + f"{self.random.getrandbits(4 * digits):0{digits}x}"

    def new_uuid(self) -> str:
        value = f"{self.random.getrandbits(128):032x}"
        return f"{value[:8]}-{value[8:12]}-4{value[13:16]}-a{value[17:20]}-{value[20:]}"

    def handle(self, request: Request) -> Response:
        """Answer one request. Raises ConnectionDropped where a fault says so."""
        try:
            target = wire.identify(request)
        except wire.Unroutable as lost:
            return wire.error(
                None, lost.protocol, "InvalidAction", str(lost), status=404, request_id=self._request_id(0)
            )
        params = wire.parse(request, target)
        with self._lock:
            call = self.log.add(target.service, target.operation, target.region, params, self.clock.monotonic())
        return self.faults.around(
            call,
            self.clock,
            lambda: self._locked_execute(target, params, request, call),
            lambda fault: self._refuse(target, call, Refused(fault.code, fault.message, fault.status)),
        )

    def _locked_execute(self, target: Target, params: dict[str, Any], request: Request, logged: LoggedCall) -> Response:
        with self._lock:
            return self._execute(Call(
                target.service, target.operation, target.region, self.account, params, self, target, request
            ), logged)  # fmt: skip

    def _execute(self, call: Call, logged: LoggedCall) -> Response:
        self.settle(call.region)
        try:
            self._check(call)
            handler = OPERATIONS.get((call.service, call.operation))
            if handler is None:
                response = self._stock(call, logged)
            else:
                value = wire.without_none(handler(call))
                _validate_answer(call, value)
                response = wire.result(call.target, value, self._request_id(logged.number))
        except Refused as refused:
            return self._refuse(call.target, logged, refused)
        except NotServed:
            message = f"The sandbox does not implement {call.service}:{call.operation}."
            return self._refuse(call.target, logged, Refused("NotImplemented", message, 501))
        logged.status = response.status
        return response

    def _check(self, call: Call) -> None:
        """Permission first, then the shape of the request, as AWS does."""
        if call.region not in _regions():
            # AWS has no endpoint there; here everything has the same one.
            raise Refused("InvalidRegion", f"There is no region {call.region}.")
        denied = refusal(call, self.denied, self.caller_arn)
        if denied is not None:
            raise denied
        shape = call.target.model.input_shape
        if shape is None:
            return
        report = ParamValidator().validate(call.params, shape)
        if report.has_errors():
            code = "ValidationError" if call.target.protocol in ("ec2", "query") else "ValidationException"
            raise Refused(code, report.generate_report())

    def _stock(self, call: Call, logged: LoggedCall) -> Response:
        response = moto_bridge.dispatch(call.target, call.request, call.account)
        if response is None:
            raise NotServed
        if response.status >= 300:
            read(call.target, response)
        return wire.numbered(response, self._request_id(logged.number))

    def _refuse(self, target: Target, logged: LoggedCall, refused: Refused) -> Response:
        response = wire.error(
            target, target.protocol, refused.code, refused.message,
            status=refused.status, members=refused.members, request_id=self._request_id(logged.number),
        )  # fmt: skip
        logged.status, logged.error = response.status, refused.code
        return response

    def _request_id(self, number: int) -> str:
        """Counted, not random: ids of objects must not depend on how many requests came before."""
        return f"00000000-0000-4000-8000-{number:012x}"


def _validate_answer(call: Call, value: dict[str, Any]) -> None:
    """A handler that returns what the API cannot return is a bug of the sandbox: fail loudly."""
    shape = call.target.model.output_shape
    if shape is None:
        return
    report = ParamValidator().validate(value, shape)
    if report.has_errors():
        raise TypeError(f"{call.service}:{call.operation} returned a malformed answer: {report.generate_report()}")


@cache
def _regions() -> frozenset[str]:
    return frozenset({*get_session().get_available_regions("ec2"), "aws-global"})

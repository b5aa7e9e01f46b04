"""Carries calls out for one run: with a token, counted, behind the lock, and repeated where that is safe."""

import json
import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Any, TypeVar

from eksgpu.errors import AnswerLost, CredentialsError, Throttled

from .bearer import Bearer
from .client import Body, Call, Client, whole

PAUSES = (0.2, 1.0, 3.0)  # before the 2nd, 3rd and 4th try of what may be repeated
Answered = TypeVar("Answered")


class Sender:
    """Thread-safe. `calls` counts requests by verb and kind; `guard` is asked before every change."""

    def __init__(
        self,
        client: Client,
        bearer: Bearer | None,
        *,
        settling: float,
        sleep: Callable[[float], None] = time.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client, self._bearer = client, bearer
        self._sleep, self._monotonic = sleep, monotonic
        self._settled = monotonic() + settling
        self._lock = threading.Lock()
        self.calls: Counter[str] = Counter()
        self.guard: Callable[[str], None] | None = None

    def read(self, call: Call) -> bytes:
        """The whole answer to something that changes nothing."""
        return self.repeated(lambda: whole(self.once(call), call.operation))

    def read_json(self, call: Call) -> dict[str, Any]:
        """The same, parsed."""
        answer: dict[str, Any] = json.loads(self.read(call))
        return answer

    def write(self, call: Call) -> tuple[int, dict[str, Any]]:
        """Status and answer of a change, asked once."""
        if self.guard is not None:
            self.guard(call.operation)
        return self.probe(call)

    def probe(self, call: Call) -> tuple[int, dict[str, Any]]:
        """The same of what only seems to be a change (a dry run)."""
        response = self.once(call)
        return response.status, json.loads(whole(response, call.operation) or b"{}")

    def repeated(self, ask: Callable[[], Answered]) -> Answered:
        """`ask()`, asked again after a lost answer or a throttle: only for what may happen twice."""
        for pause in PAUSES:
            try:
                return ask()
            except (AnswerLost, Throttled):
                self._sleep(pause)
        return ask()

    def once(self, call: Call) -> Body:
        """One request; sent again with a new token after a 401, which executes nothing."""
        settling = self._monotonic() < self._settled
        if self._bearer is None:
            return self._sent(call, "", settling)
        token = self._bearer.token()
        try:
            return self._sent(call, token, settling)
        except CredentialsError:
            self._bearer.refused(token)
            return self._sent(call, self._bearer.token(), settling)

    def close(self) -> None:
        """Let the connections go."""
        self._client.close()

    def _sent(self, call: Call, token: str, settling: bool) -> Body:
        with self._lock:
            self.calls[call.operation.partition("/")[0]] += 1
        return self._client.send(call, token=token, settling=settling)

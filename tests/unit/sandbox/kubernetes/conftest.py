"""A fresh embedded API on a stepped clock, and `call`: one request as its administrator."""

import json
from typing import Any

import pytest

from eksgpu.engine.clock import SteppedClock
from eksgpu.sandbox.kubernetes.api import Api
from eksgpu.sandbox.kubernetes.http import Request, Response
from tests.unit.sandbox.kubernetes.objects import Call


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock()


@pytest.fixture
def api(clock: SteppedClock) -> Api:
    return Api(clock)


@pytest.fixture
def call(api: Api) -> Call:
    """`call(method, target, body=None, content_type=…, **headers)`."""

    def send(
        method: str, target: str, body: Any = None, content_type: str = "application/json", **headers: str
    ) -> Response:
        sent = {"Authorization": f"Bearer {api.admin_token}", "Content-Type": content_type, **headers}
        raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        return api.handle(Request(method, target, sent, raw))

    return send

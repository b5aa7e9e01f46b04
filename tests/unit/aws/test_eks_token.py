"""The token holds a presigned call that STS itself answers, for one cluster and a short time."""

import base64
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from eksgpu.aws.clients import Clients
from eksgpu.aws.eks_token import HEADER, PREFIX, eks_token, presigner
from eksgpu.engine.clock import SteppedClock
from eksgpu.sandbox.wire import Headers, Request
from eksgpu.sandbox.world import World
from tests.support import wire


@pytest.fixture
def world() -> World:
    return World(clock=SteppedClock())


@pytest.fixture
def clients(world: World) -> Clients:
    return wire.clients(world, "us-west-2")


def url_in(token: str) -> str:
    packed = token.removeprefix(PREFIX)
    assert "=" not in packed
    return base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4)).decode()


def test_decodes_to_a_signed_call_for_this_cluster(clients: Clients) -> None:
    token, expires = eks_token(presigner(clients), "demo", now=lambda: datetime(2026, 11, 22, 12, 0, tzinfo=UTC))
    assert token.startswith(PREFIX)
    query = {key: value[0] for key, value in parse_qs(urlsplit(url_in(token)).query).items()}
    assert query["Action"] == "GetCallerIdentity"
    assert query["X-Amz-Expires"] == "60"
    assert HEADER in query["X-Amz-SignedHeaders"].split(";")
    assert "EksgpuClusterId" not in query
    assert expires - datetime(2026, 11, 22, 12, 0, tzinfo=UTC) == timedelta(minutes=14)


def test_sts_answers_it(world: World, clients: Clients) -> None:
    token, _ = eks_token(presigner(clients), "demo")
    answer = world.handle(Request("GET", url_in(token), Headers({HEADER: "demo"}), b""))
    assert answer.status == 200
    assert world.caller_arn.encode() in answer.body


def test_each_cluster_has_its_own_and_other_calls_stay_as_they_are(world: World, clients: Clients) -> None:
    presign = presigner(clients)
    assert url_in(eks_token(presign, "a")[0]) != url_in(eks_token(presign, "b")[0])
    assert clients.sts.get_caller_identity()["Arn"] == world.caller_arn

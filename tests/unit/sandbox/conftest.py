"""A fresh World on a stepped clock for each test, and boto3 clients wired into it without sockets or retries."""

from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.config import Config

from eksgpu.engine.clock import SteppedClock
from eksgpu.sandbox import inprocess
from eksgpu.sandbox.world import World

ClientOf = Callable[..., Any]

# Retries would hide the fault under test and sleep between attempts.
NO_RETRIES = Config(retries={"total_max_attempts": 1})


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock()


@pytest.fixture
def world(clock: SteppedClock) -> World:
    return World(clock=clock)


@pytest.fixture
def session(world: World) -> boto3.Session:
    return inprocess.session(world)


@pytest.fixture
def client(session: boto3.Session) -> ClientOf:
    """`client(service, region="us-west-2")`: one client per pair."""
    made: dict[tuple[str, str], Any] = {}

    def client_of(service: str, region: str = "us-west-2") -> Any:
        if (service, region) not in made:
            made[service, region] = session.client(service, region_name=region, config=NO_RETRIES)
        return made[service, region]

    return client_of

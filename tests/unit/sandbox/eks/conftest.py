"""An account ready for a cluster, for each test of the sandbox's EKS.

Making clients costs more than the tests themselves, so they are made once and always talk to the current World.
"""

import functools
from collections.abc import Callable
from typing import Any, cast

import pytest

from eksgpu.engine.clock import SteppedClock
from eksgpu.sandbox import inprocess
from eksgpu.sandbox.wire import Request, Response
from eksgpu.sandbox.world import World
from tests.unit.sandbox.conftest import NO_RETRIES
from tests.unit.sandbox.eks.account import EksAccount


class CurrentWorld:
    """Passes requests on to the World of the running test."""

    world: World

    def handle(self, request: Request) -> Response:
        return self.world.handle(request)


CURRENT = CurrentWorld()


@functools.cache
def shared_client(service: str, region: str) -> Any:
    return _session().client(service, region_name=region, config=NO_RETRIES)


@functools.cache
def _session() -> Any:
    return inprocess.session(cast("World", CURRENT))


@pytest.fixture
def client(world: World) -> Callable[..., Any]:
    """`client(service, region="us-west-2")`."""
    CURRENT.world = world
    return lambda service, region="us-west-2": shared_client(service, region)


@pytest.fixture
def account(client: Callable[..., Any], clock: SteppedClock) -> EksAccount:
    return EksAccount(client, clock)

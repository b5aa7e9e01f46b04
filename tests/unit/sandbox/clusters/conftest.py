"""An account with a cluster, and the Kubernetes API of that cluster as our own client reaches it."""

from collections.abc import Iterator

import pytest

from eksgpu.engine.clock import SteppedClock
from eksgpu.sandbox.world import World
from tests.unit.sandbox.eks.conftest import account, client

from .reach import Reach

__all__ = ["account", "client"]


@pytest.fixture
def reach(world: World, clock: SteppedClock) -> Iterator[Reach]:
    made = Reach(world, clock)
    yield made
    made.close()

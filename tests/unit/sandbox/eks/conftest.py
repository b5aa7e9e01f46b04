"""An account ready for a cluster, for each test of the sandbox's EKS."""

from collections.abc import Callable
from typing import Any

import pytest

from eksgpu.engine.clock import SteppedClock
from tests.unit.sandbox.eks.account import EksAccount


@pytest.fixture
def account(client: Callable[..., Any], clock: SteppedClock) -> EksAccount:
    return EksAccount(client, clock)

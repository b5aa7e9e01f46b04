"""Access to moto's in-process EC2 objects of one world and region, and the work that is due later there.

Only the modules of this folder reach into moto's EC2 backend. It must not know any operation.
"""

import heapq
import itertools
from collections.abc import Callable
from typing import Any

from moto.ec2.models import ec2_backends

from eksgpu.sandbox.world import World


def backend(world: World, region: str) -> Any:
    """moto's EC2 backend of this world's account in `region`."""
    return ec2_backends[world.account][region]


class Due:
    """What EC2 will still do by itself in one region: actions with the virtual second at which they happen."""

    def __init__(self, world: World, region: str) -> None:
        self._world = world
        self._region = region
        self._order = itertools.count()
        self._heap: list[tuple[float, int, Callable[[], None]]] = []

    def add(self, seconds: float, action: Callable[[], None]) -> None:
        """Run `action` once `seconds` of the world's clock have passed (at the next settle after them)."""
        heapq.heappush(self._heap, (self._world.clock.monotonic() + seconds, next(self._order), action))

    def settle(self) -> None:
        """Run everything whose time has come, oldest first; an action may add others."""
        while self._heap and self._heap[0][0] <= self._world.clock.monotonic():
            heapq.heappop(self._heap)[2]()


def later(world: World, region: str, seconds: float, action: Callable[[], None]) -> None:
    """Have EC2 run `action` after `seconds` of virtual time, for example to free network interfaces."""
    world.state(Due, region).add(seconds, action)


def settle(world: World, region: str) -> None:
    """Bring EC2's objects up to the present; called before every EC2 operation of the sandbox."""
    world.state(Due, region).settle()

"""One boto3 session for all tests of a process, talking to the World that was connected last.

Reading service models and building clients takes longer than most tests, and knows nothing of any run; moto's state
is one per process anyway, so there is never more than one World in use.
"""

from functools import cache
from typing import Any, cast

import boto3

from eksgpu.aws.clients import Clients
from eksgpu.sandbox import inprocess
from eksgpu.sandbox.wire import Request, Response
from eksgpu.sandbox.world import World

_RAW: dict[Any, Any] = {}


class _Latest:
    """Stands where a World stands and hands every request to the latest one."""

    world: World

    def handle(self, request: Request) -> Response:
        return self.world.handle(request)


_LATEST = _Latest()


def session(world: World) -> boto3.Session:
    """The shared session, from now on wired to `world`."""
    _LATEST.world = world
    return _shared()


def clients(world: World, region: str) -> Clients:
    """Clients of a new run on shared botocore clients. Their call counts are nobody's: count in the World's log."""
    aws = Clients(session(world), region=region)
    aws._raw = _RAW
    return aws


@cache
def _shared() -> boto3.Session:
    made = boto3.Session(aws_access_key_id="tests", aws_secret_access_key="tests", region_name="us-west-2")
    inprocess.attach(made, cast("World", _LATEST))
    return made

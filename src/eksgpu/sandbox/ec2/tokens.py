"""Client tokens: a create that is sent again gives back the first one's object instead of making another.

Source: "Ensuring idempotency in Amazon EC2 API requests" (docs.aws.amazon.com/ec2/latest/devguide). It must not know
what is created.
"""

import json
from collections.abc import Callable

from eksgpu.sandbox.overlay import Call, Refused
from eksgpu.sandbox.world import World

MISMATCH = "The client token you have provided was used for a request that was not identical to this one: {token}"


class Tokens:
    """The client tokens that one region has seen: (operation, token) to (request, physical id)."""

    def __init__(self, world: World, region: str) -> None:
        self.world = world
        self.region = region
        self.seen: dict[tuple[str, str], tuple[str, str]] = {}


def once(call: Call, create: Callable[[], str], exists: Callable[[str], bool]) -> tuple[str, bool]:
    """Create an object, or find the one that this token made; return its id and whether it is new.

    A token whose object EC2 no longer remembers starts afresh. Raises IdempotentParameterMismatch when the token came
    with another request.
    """
    token = call.params.get("ClientToken")
    if not token:
        return create(), True
    seen = call.world.state(Tokens, call.region).seen
    key = (call.operation, token)
    request = json.dumps(call.params, sort_keys=True, default=str)
    if key in seen and exists(seen[key][1]):
        if seen[key][0] != request:
            raise Refused("IdempotentParameterMismatch", MISMATCH.format(token=token))
        return seen[key][1], False
    made = create()
    seen[key] = (request, made)
    return made, True

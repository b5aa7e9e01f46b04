"""SQS queues: a deleted queue's name stays taken for a minute, and names have a form.

It must not know what queues are for.
"""

import re
from typing import Any

from eksgpu.sandbox.overlay import Call, Refused, operation
from eksgpu.sandbox.world import World

NAME = re.compile(r"[A-Za-z0-9_-]{1,80}|[A-Za-z0-9_-]{1,75}\.fifo")


class Deleted:
    """When each queue of a region was last deleted, in seconds of the world's clock, by name."""

    def __init__(self, world: World, region: str) -> None:
        self.world = world
        self.region = region
        self.at: dict[str, float] = {}


@operation("sqs", "CreateQueue")
def create_queue(call: Call) -> dict[str, Any]:
    """Create a queue, or return the one of that name when its attributes are the same (moto compares them)."""
    name = call.params["QueueName"]
    if not NAME.fullmatch(name):
        raise Refused(
            "InvalidParameterValue",
            "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length",
        )
    gone = call.world.state(Deleted, call.region).at.get(name)
    wait = call.world.durations.seconds("sqs:queue:name-reuse")
    if gone is not None and call.world.clock.monotonic() < gone + wait:
        raise Refused(
            "QueueDeletedRecently",
            "You must wait 60 seconds after deleting a queue before you can create another with the same name.",
            400,
        )
    return call.moto()


@operation("sqs", "DeleteQueue")
def delete_queue(call: Call) -> dict[str, Any]:
    """Delete a queue and remember when."""
    answer = call.moto()
    name = call.params["QueueUrl"].rpartition("/")[2]
    call.world.state(Deleted, call.region).at[name] = call.world.clock.monotonic()
    return answer

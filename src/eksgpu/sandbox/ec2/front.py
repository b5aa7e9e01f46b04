"""The way in to every EC2 operation of the sandbox: brings time up to date, honours DryRun, translates moto's errors.

EC2 alone has a DryRun flag, and moto ignores it for most creates. It must not know what an operation does.
"""

from collections.abc import Callable
from typing import Any

from moto.core.exceptions import ServiceException

from eksgpu.sandbox.ec2.backend import settle
from eksgpu.sandbox.overlay import Call, Handler, Refused, operation

DRY_RUN = "Request would have succeeded, but DryRun flag is set."


def ec2(*names: str) -> Callable[[Handler], Handler]:
    """Register a handler for EC2 operations, with what all of them share done before it runs."""

    def register(handler: Handler) -> Handler:
        def run(call: Call) -> dict[str, Any]:
            settle(call.world, call.region)
            if call.params.get("DryRun"):
                raise Refused("DryRunOperation", DRY_RUN, 412)
            try:
                return handler(call)
            except ServiceException as error:
                raise Refused(error.code, error.message) from error

        operation("ec2", *names)(run)
        return handler

    return register

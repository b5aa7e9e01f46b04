"""Requests to a cluster's API as calls of the account: named by verb and kind, logged, and met by its faults.

What requests do is not known here.
"""

from collections.abc import Callable

from eksgpu.sandbox.calllog import KUBERNETES, LoggedCall
from eksgpu.sandbox.faults import Fault
from eksgpu.sandbox.kubernetes.failure import ApiError
from eksgpu.sandbox.kubernetes.http import Request, Response
from eksgpu.sandbox.kubernetes.routing import find, group_version
from eksgpu.sandbox.kubernetes.types.registry import Registry
from eksgpu.sandbox.kubernetes.verbs.patch import APPLY
from eksgpu.sandbox.kubernetes.verbs.reviews import REVIEWS
from eksgpu.sandbox.world import World


def answered(
    world: World, region: str, cluster: str, types: Registry, request: Request, execute: Callable[[], Response]
) -> Response:
    """The answer to a request, executed with the account's faults around it. Raises ConnectionDropped.

    Only what changes something is kept in the log and told to the account's hook.
    """
    operation, parameters = _named(types, request)
    call = LoggedCall(0, KUBERNETES, operation, region, {"cluster": cluster, **parameters}, world.clock.monotonic())
    if call.mutates:
        with world.locked():
            call = world.log.add(KUBERNETES, operation, region, call.params, call.seconds)
    answer = world.faults.around(call, world.clock, execute, _refused, told=call.mutates)
    call.status = answer.status
    if answer.status >= 400 and call.error is None:
        call.error = str(answer.json.get("reason"))
    return answer


def _named(types: Registry, request: Request) -> tuple[str, dict[str, str]]:
    """`apply:NodePool` with the object's place; a path that is no object's stands for itself."""
    where = group_version(request.path)
    try:
        target = find(types, *where) if where is not None and where[2] else None
    except ApiError:
        target = None
    if target is None:
        return f"{request.method.lower()}:{request.path}", {}
    verb = target.attempt(request).verb
    if target.kind.plural in REVIEWS:
        verb = "review"
    elif request.query.get("dryRun"):
        verb = "dry-run"
    elif verb == "patch" and request.content_type == APPLY:
        verb = "apply"
    kind = "/".join(part for part in (target.kind.kind, target.subresource) if part)
    place = {"namespace": target.space, "name": target.name}
    return f"{verb}:{kind}", {key: value for key, value in place.items() if value}


def _refused(fault: Fault) -> Response:
    status = fault.status or 500
    return Response.of(ApiError(status, fault.code, fault.message).as_status(), status)

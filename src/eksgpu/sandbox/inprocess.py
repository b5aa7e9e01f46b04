"""A boto3 Session and Kubernetes clients wired straight into a World: no sockets, no server, no threads.

Every client made from the session after `attach` talks to that World alone; dropped connections become the exceptions
that a real socket would give.
"""

import functools
from collections.abc import Callable
from io import BytesIO
from typing import TYPE_CHECKING, Any

import botocore.loaders
import botocore.session
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.exceptions import ConnectionClosedError
from botocore.loaders import Loader

from eksgpu.sandbox.faults import ConnectionDropped
from eksgpu.sandbox.identity import ACCESS_KEY, SECRET_KEY
from eksgpu.sandbox.wire import Headers, Request
from eksgpu.sandbox.world import World

if TYPE_CHECKING:
    import boto3
    from kubernetes.client import ApiClient

    from eksgpu.aws.clients import OwnSession
    from eksgpu.kube.client import Wire


def attach(session: "boto3.Session | OwnSession", world: World) -> None:
    """Route the session's clients into `world`. The session needs credentials of any kind, as on AWS."""

    def answer(request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        body = request.body
        data = body.read() if hasattr(body, "read") else body
        raw = data.encode() if isinstance(data, str) else bytes(data or b"")
        try:
            response = world.handle(Request(request.method, request.url, Headers(request.headers), raw))
        except ConnectionDropped as dropped:
            raise ConnectionClosedError(endpoint_url=request.url, error=dropped) from dropped
        return AWSResponse(request.url, response.status, response.headers, _Raw(response.body))

    # Neither has a public way to its event system short of the botocore session that it wraps.
    session._session.register("before-send", answer, unique_id="eksgpu-sandbox")


def session(world: World, region: str = "us-west-2") -> "boto3.Session":
    """A new boto3 Session with dummy credentials, attached to `world`."""
    import boto3

    core = botocore.session.get_session()
    core.register_component("data_loader", _loader())
    made = boto3.Session(
        aws_access_key_id=ACCESS_KEY, aws_secret_access_key=SECRET_KEY, region_name=region, botocore_session=core
    )
    attach(made, world)
    return made


def kubernetes_wire(world: World) -> "Callable[[str], Wire]":
    """From a cluster's endpoint, as DescribeCluster answers it, to what connects the official client with its API.

    Who the client is, its token says. An endpoint that is none of a live cluster's is a name that nobody knows.
    """

    def wire(endpoint: str) -> "Wire":
        def connect(client: "ApiClient") -> None:
            # Late: an account that is used through AWS's API alone never loads the Kubernetes half.
            from eksgpu.sandbox.clusters.wired import answer
            from eksgpu.sandbox.kubernetes.inprocess import route

            route(client, functools.partial(answer, world, endpoint))

        return connect

    return wire


@functools.cache
def _loader() -> Loader:
    """One loader for every session made here: each would parse the service models, megabytes of JSON, anew."""
    return botocore.loaders.create_loader()


class _Raw(BytesIO):
    """The body as botocore reads it from urllib3."""

    def stream(self, **_: Any) -> Any:
        chunk = self.read()
        if chunk:
            yield chunk

"""Requests of clients in this process: to the cluster at an endpoint, with the errors that a network would give."""

import socket
from http.client import RemoteDisconnected
from urllib.parse import urlsplit

from urllib3.connection import HTTPSConnection
from urllib3.exceptions import NameResolutionError, ProtocolError

from eksgpu.sandbox.clusters.control_planes import by_endpoint
from eksgpu.sandbox.faults import ConnectionDropped
from eksgpu.sandbox.kubernetes.http import Request, Response
from eksgpu.sandbox.kubernetes.inprocess import whole
from eksgpu.sandbox.world import World


def answer(world: World, endpoint: str, request: Request) -> Response:
    """The whole answer of the cluster at an endpoint.

    Raises what urllib3 raises for a name that is unknown, and for a connection that breaks.
    """
    plane = by_endpoint(world, endpoint)
    if plane is None:
        host = urlsplit(endpoint).hostname or endpoint
        unknown = socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        raise NameResolutionError(host, HTTPSConnection(host), unknown)
    try:
        return whole(plane.api, plane.handle(request))
    except ConnectionDropped as dropped:
        broken = RemoteDisconnected("Remote end closed connection without response")
        raise ProtocolError("Connection aborted.", broken) from dropped

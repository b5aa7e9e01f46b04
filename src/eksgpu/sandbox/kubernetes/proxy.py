"""`pods/proxy`: what a pod serves over HTTP, fetched by the API server for whoever may ask. It only reads.

A real API server opens a connection to the pod's address; here it asks whoever stands for the pods. So only the
embedded API has such pages: behind a real one the sandbox's pods have addresses that nobody listens on.
"""

from eksgpu.sandbox.kubernetes.cluster import PODS, Cluster
from eksgpu.sandbox.kubernetes.failure import ApiError, bad_request, method_not_allowed, not_found
from eksgpu.sandbox.kubernetes.http import Request, Response
from eksgpu.sandbox.kubernetes.routing import Target

_HTTP = 80
_TEXT = {"Content-Type": "text/plain; charset=utf-8"}


def answer(cluster: Cluster, target: Target, request: Request) -> Response:
    """The page at a path of `POD` or `POD:PORT`. Raises ApiError 503 when the pod does not listen there."""
    if request.method != "GET":
        raise method_not_allowed()
    name, _, port = target.name.partition(":")
    if port and not port.isdecimal():
        raise bad_request(f'invalid pod request "{target.name}"')
    pod = cluster.store.get(PODS, target.space, name)
    if pod is None:
        raise not_found(target.kind, name)
    address = pod.get("status", {}).get("podIP")
    if not address:
        raise bad_request("address not allowed")
    path = request.path.partition(f"/pods/{target.name}/proxy")[2] or "/"
    wanted = int(port or _HTTP)
    found = cluster.page(target.space, name, wanted, path) if cluster.page is not None else None
    if found is None:
        reason = f"error trying to reach service: dial tcp {address}:{wanted}: connect: connection refused"
        raise ApiError(503, "ServiceUnavailable", reason)
    return Response(200, found.encode(), dict(_TEXT))

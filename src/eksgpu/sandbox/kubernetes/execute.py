"""`pods/exec` over a WebSocket: one command is run to its end, and its output comes as frames in Kubernetes' channels.

There is no terminal and no input: programs of a sandbox print and exit.
"""

import base64
import hashlib
import struct

import orjson

from eksgpu.sandbox.kubernetes.cluster import Cluster
from eksgpu.sandbox.kubernetes.failure import ApiError, bad_request
from eksgpu.sandbox.kubernetes.http import Request, Response
from eksgpu.sandbox.kubernetes.podlog import container_of, require_started
from eksgpu.sandbox.kubernetes.store import Object

_PROTOCOLS = ("v5.channel.k8s.io", "v4.channel.k8s.io")
_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455
_STDOUT, _STDERR, _ERROR = 1, 2, 3
_BINARY, _CLOSE = 0x82, 0x88
_CHUNK = 32 * 1024


def answer(cluster: Cluster, pod: Object, request: Request) -> Response:
    """101 with every frame in its body. Raises ApiError when nothing can be run."""
    if cluster.execute is None:
        raise ApiError(501, "NotImplemented", "this cluster runs no commands in pods")
    if request.header("upgrade").lower() != "websocket":
        raise bad_request("Upgrade request required: commands are run over a WebSocket")
    container = container_of(pod, request.query.get("container", ""))
    require_started(pod, container)
    command = request.repeated.get("command", [])
    meta = pod["metadata"]
    out, err, code = cluster.execute(meta["namespace"], meta["name"], container, command)
    offered = [name.strip() for name in request.header("sec-websocket-protocol").split(",")]
    chosen = next((name for name in _PROTOCOLS if name in offered), None)
    if chosen is None:
        raise bad_request(f"none of the protocols {', '.join(offered)} is spoken here: {', '.join(_PROTOCOLS)}")
    key = hashlib.sha1((request.header("sec-websocket-key") + _GUID).encode(), usedforsecurity=False).digest()
    headers = {
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Accept": base64.b64encode(key).decode(),
        "Sec-WebSocket-Protocol": chosen,
    }
    return Response(101, _frames(out, err, code), headers)


def _frames(out: str, err: str, code: int) -> bytes:
    parts = [(_STDOUT, out.encode()), (_STDERR, err.encode()), (_ERROR, orjson.dumps(_verdict(code)))]
    frames = [
        _frame(_BINARY, bytes([channel]) + data[at : at + _CHUNK])
        for channel, data in parts
        for at in range(0, len(data), _CHUNK)
    ]
    return b"".join(frames) + _frame(_CLOSE, struct.pack("!H", 1000))


def _frame(kind: int, data: bytes) -> bytes:
    """A frame from a server: unmasked, whole."""
    if len(data) < 126:
        return bytes([kind, len(data)]) + data
    return bytes([kind, 126]) + struct.pack("!H", len(data)) + data


def _verdict(code: int) -> dict[str, object]:
    if code == 0:
        return {"metadata": {}, "status": "Success"}
    exit_code = {"reason": "ExitCode", "message": str(code)}
    refused = ApiError(
        500,
        "NonZeroExitCode",
        f"command terminated with non-zero exit code: exit status {code}",
        {"causes": [exit_code]},
    )
    return refused.as_status()

"""Reading request bodies: JSON, YAML, and the protobuf that kubectl's `create` sends."""

from typing import Any

import orjson
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from eksgpu.sandbox.kubernetes import protobuf
from eksgpu.sandbox.kubernetes.failure import bad_request, unsupported_media
from eksgpu.sandbox.kubernetes.http import Request


def parsed(request: Request) -> Any:
    """The value in a request's body; None when it has none. Raises ApiError 400."""
    if not request.body:
        return None
    media = request.content_type
    if media == protobuf.MEDIA:
        return protobuf.decode(request.body)
    if media and not media.endswith(("json", "yaml")):
        raise unsupported_media("application/json, application/yaml, application/vnd.kubernetes.protobuf")
    try:
        return orjson.loads(request.body)
    except orjson.JSONDecodeError as wrong:
        if "yaml" not in media:
            raise bad_request(f"the object provided is unrecognized: {wrong}") from wrong
    try:
        return YAML(typ="safe", pure=True).load(request.body)
    except YAMLError as wrong:
        raise bad_request(f"error decoding YAML: {wrong}") from wrong

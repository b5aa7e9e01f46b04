"""Kubernetes' protobuf bodies as JSON: enough to read what kubectl sends where it does not send JSON.

Message shapes come from Kubernetes' own `generated.proto`; structs that Go inlines are recognised by the JSON type.
"""

import base64
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from eksgpu.sandbox.kubernetes.failure import bad_request
from eksgpu.sandbox.kubernetes.types.schema import definitions, messages

MEDIA = "application/vnd.kubernetes.protobuf"
_MAGIC = b"k8s\0"
# Go writes plain zeros into protobuf that it leaves out of JSON; these are pointers, whose zero is meant.
_MAY_BE_ZERO = (
    "replicas", "parallelism", "completions", "backoffLimit", "ttlSecondsAfterFinished", "gracePeriodSeconds",
    "terminationGracePeriodSeconds", "activeDeadlineSeconds", "value",
)  # fmt: skip
_META = "k8s.io.apimachinery.pkg.apis.meta.v1."
_UNKNOWN = "k8s.io.apimachinery.pkg.runtime.Unknown"


def decode(body: bytes) -> dict[str, Any]:
    """The object in an enveloped body. Raises ApiError 400 when it is none that we know."""
    if not body.startswith(_MAGIC):
        raise bad_request("the body is no Kubernetes protobuf object")
    envelope = _message(memoryview(body)[len(_MAGIC) :], _UNKNOWN)
    about = envelope.get("typeMeta", {})
    api_version, kind = about.get("apiVersion", ""), about.get("kind", "")
    group, _, version = api_version.rpartition("/")
    name = _name(group, version, kind)
    raw = base64.b64decode(envelope.get("raw", ""))
    return {"apiVersion": api_version, "kind": kind, **_message(memoryview(raw), name)}


def _name(group: str, version: str, kind: str) -> str:
    package = group.partition(".")[0] if group else "core"
    name = f"k8s.io.api.{package}.{version}.{kind}"
    if name in messages():
        return name
    if kind.endswith("Options") and _META + kind in messages():
        return _META + kind
    raise bad_request(f"no protobuf message is known for {kind} in {group or 'core'}/{version}")


def _message(data: memoryview, name: str) -> dict[str, Any]:
    shape, found = messages()[name], dict[str, Any]()
    properties = definitions().get("io.k8s." + name.removeprefix("k8s.io."), {}).get("properties")
    for number, raw in _fields(data):
        if str(number) not in shape:
            continue
        key, kind, how = shape[str(number)]
        if how == "map":
            found.setdefault(key, {}).update(_entry(raw, kind))
            continue
        value = _value(raw, kind)
        inlined = properties is not None and key not in properties and isinstance(value, dict)
        if inlined:
            found.update(value)
        elif how == "repeated":
            found.setdefault(key, []).append(value)
        elif value or key in _MAY_BE_ZERO or isinstance(value, dict):
            found[key] = value
    return found


def _value(raw: int | memoryview, kind: str) -> Any:
    if isinstance(raw, int):
        return bool(raw) if kind == "bool" else raw - (1 << 64) if raw >> 63 else raw
    if kind == "string":
        return bytes(raw).decode()
    if kind == "bytes":
        return base64.b64encode(raw).decode()
    special = _SPECIAL.get(kind.rpartition(".")[2]) if kind.startswith("k8s.io.apimachinery") else None
    return special(raw) if special else _message(raw, kind)


def _entry(raw: int | memoryview, kind: str) -> dict[str, Any]:
    assert isinstance(raw, memoryview)
    parts = dict(_fields(raw))
    empty: Any = memoryview(b"")
    return {bytes(parts.get(1, empty)).decode(): _value(parts.get(2, empty), kind)}


def _quantity(raw: memoryview) -> str:
    return bytes(dict(_fields(raw)).get(1, b"0")).decode()


def _int_or_string(raw: memoryview) -> Any:
    parts: dict[int, Any] = dict(_fields(raw))
    return bytes(parts.get(3, b"")).decode() if parts.get(1) else parts.get(2, 0)


def _time(raw: memoryview) -> str | None:
    seconds = dict(_fields(raw)).get(1)
    if not isinstance(seconds, int) or not seconds or seconds >> 63:
        return None
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


_SPECIAL = {"Quantity": _quantity, "IntOrString": _int_or_string, "Time": _time, "MicroTime": _time}


def _fields(data: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """(field number, varint or bytes) of the wire format."""
    at = 0
    while at < len(data):
        tag, at = _varint(data, at)
        wire = tag & 7
        if wire == 0:
            value, at = _varint(data, at)
            yield tag >> 3, value
            continue
        if wire == 2:
            size, at = _varint(data, at)
        else:
            size = 8 if wire == 1 else 4
        yield tag >> 3, data[at : at + size]
        at += size


def _varint(data: memoryview, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        if at >= len(data):
            raise bad_request("the protobuf body is cut short")
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if not byte & 0x80:
            return value, at

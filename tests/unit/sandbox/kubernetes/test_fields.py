"""The pure parts: quantities, field paths, merging, protobuf."""

import base64
from typing import Any

import pytest

from eksgpu.sandbox.kubernetes import protobuf
from eksgpu.sandbox.kubernetes.failure import ApiError
from eksgpu.sandbox.kubernetes.fields.paths import decode, encode, leaves, shown
from eksgpu.sandbox.kubernetes.types.quantity import canonical, number
from eksgpu.sandbox.kubernetes.types.registry import built_in
from eksgpu.sandbox.kubernetes.types.schema import definition, kind_names, messages


@pytest.mark.parametrize(
    ("written", "canonically"),
    [
        ("1000m", "1"),
        ("1500m", "1500m"),
        ("0.5", "500m"),
        (2, "2"),
        ("2048Gi", "2Ti"),
        ("1536Mi", "1536Mi"),
        ("1000", "1k"),
        ("1024Ki", "1Mi"),
        ("0.5Gi", "512Mi"),
        ("100Mi", "100Mi"),
        ("1e3", "1e3"),
        ("0", "0"),
        ("123456789", "123456789"),
        (".5Ki", "512"),
    ],
)
def test_canonical_quantities(written: Any, canonically: str) -> None:
    assert canonical(written) == canonically
    assert number(canonical(written)) == number(written)


@pytest.mark.parametrize("wrong", ["", "x", "1 Gi", "1KB", True, "--1"])
def test_what_is_no_quantity(wrong: Any) -> None:
    with pytest.raises(ValueError, match="is no quantity"):
        canonical(wrong)


def test_paths_name_items_of_keyed_lists() -> None:
    deployment = definition("io.k8s.api.apps.v1.Deployment")
    container = {"name": "app", "ports": [{"containerPort": 80}]}
    found = leaves({"spec": {"template": {"spec": {"containers": [container]}}}}, deployment)
    assert {shown(path) for path in found} == {
        '.spec.template.spec.containers[name="app"]',
        '.spec.template.spec.containers[name="app"].name',
        '.spec.template.spec.containers[name="app"].ports[containerPort=80,protocol="TCP"]',
        '.spec.template.spec.containers[name="app"].ports[containerPort=80,protocol="TCP"].containerPort',
    }
    assert decode(encode(found)) == set(found)


def test_every_served_type_has_a_definition_and_a_message() -> None:
    for kind in built_in():
        name = kind_names()[kind.group, kind.version, kind.kind]
        assert kind.type is definition(name)
        if not kind.group.startswith("api"):  # kubectl writes no definitions or API services in protobuf
            assert "k8s.io." + name.removeprefix("io.k8s.") in messages(), name


def varint(value: int) -> bytes:
    out = b""
    while value > 0x7F:
        out, value = out + bytes([value & 0x7F | 0x80]), value >> 7
    return out + bytes([value])


def part(number_: int, value: bytes | int) -> bytes:
    if isinstance(value, int):
        return varint(number_ << 3) + varint(value)
    return varint(number_ << 3 | 2) + varint(len(value)) + value


def enveloped(api_version: bytes, kind: bytes, raw: bytes) -> bytes:
    return b"k8s\0" + part(1, part(1, api_version) + part(2, kind)) + part(2, raw)


def test_protobuf_bodies_are_read() -> None:
    pair = part(1, b"key") + part(2, b"secret")
    body = enveloped(b"v1", b"Secret", part(1, part(1, b"s1")) + part(2, pair) + part(3, b"Opaque"))
    assert protobuf.decode(body) == {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "s1"},
        "data": {"key": base64.b64encode(b"secret").decode()},
        "type": "Opaque",
    }


def test_protobuf_inlines_what_go_inlines() -> None:
    volume = part(1, b"v") + part(2, part(19, part(1, part(1, b"maps"))))
    pod = part(1, part(1, b"p")) + part(2, part(1, volume) + part(4, 30))
    spec = protobuf.decode(enveloped(b"v1", b"Pod", pod))["spec"]
    assert spec == {"volumes": [{"name": "v", "configMap": {"name": "maps"}}], "terminationGracePeriodSeconds": 30}


@pytest.mark.parametrize("body", [b"{}", enveloped(b"v9", b"Pod", b""), b"k8s\0\x0a\xff"])
def test_protobuf_that_is_none(body: bytes) -> None:
    with pytest.raises(ApiError):
        protobuf.decode(body)

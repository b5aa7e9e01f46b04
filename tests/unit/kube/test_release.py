"""Helm's Secrets: the newest revision counts, and the one that runs is known beside it."""

from typing import Any

from eksgpu.kube.release import decode, encode, newest


def secret(name: str, revision: int, status: str, **payload: Any) -> dict[str, Any]:
    body = {
        "name": name,
        "version": revision,
        "namespace": "ns",
        "info": {"status": status, "description": "said", "first_deployed": "2026-11-22T12:00:00Z"},
        "chart": {"metadata": {"name": "chart", "version": f"1.{revision}.0"}},
        **payload,
    }
    labels = {"owner": "helm", "name": name, "status": status, "version": str(revision)}
    return {"metadata": {"namespace": "ns", "name": name, "labels": labels}, "data": {"release": encode(body)}}


def test_a_payload_is_packed_and_unpacked() -> None:
    assert decode(secret("a", 1, "deployed"))["chart"]["metadata"]["name"] == "chart"


def test_the_newest_revision_of_each_release() -> None:
    found = newest(
        [
            secret("a", 9, "deployed", config={"x": 1}),
            secret("a", 10, "pending-upgrade", config={"x": 2}),
            secret("b", 1, "failed"),
        ]
    )
    assert [(one.name, one.revision, one.status, one.deployed) for one in found] == [
        ("a", 10, "pending-upgrade", 9),
        ("b", 1, "failed", 0),
    ]
    assert found[0].values == {"x": 2}
    assert found[1].values == {}
    assert found[0].version == "1.10.0"

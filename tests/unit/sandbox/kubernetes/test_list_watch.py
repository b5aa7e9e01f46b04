"""Lists by selector and in pages; watches that start, go on, filter, end and are too old."""

import json
from typing import Any

import pytest

from eksgpu.engine.clock import SteppedClock
from eksgpu.sandbox.kubernetes.api import Api
from eksgpu.sandbox.kubernetes.http import Response
from tests.unit.sandbox.kubernetes.objects import MAPS, MERGE, PODS, Call, config_map, pod


def named(response: Response) -> list[str]:
    return [row["metadata"]["name"] for row in response.json["items"]]


def events(response: Response) -> list[tuple[str, str]]:
    assert response.stream is not None
    lines = (response.stream.read() or b"").splitlines()
    return [(row["type"], row["object"].get("metadata", {}).get("name", "")) for row in map(json.loads, lines)]


@pytest.mark.parametrize(
    ("selector", "found"),
    [
        ("app%3Dweb", ["a", "b"]),
        ("app%3D%3Dweb,tier!%3Dx", ["a"]),
        ("tier", ["b", "c"]),
        ("!tier", ["a"]),
        ("app in (web, db),tier", ["b", "c"]),
        ("app%20notin%20(web)", ["c"]),
    ],
)
def test_label_selectors(call: Call, selector: str, found: list[str]) -> None:
    for name, labels in (("a", {"app": "web"}), ("b", {"app": "web", "tier": "x"}), ("c", {"app": "db", "tier": "y"})):
        call("POST", PODS, pod(name, **labels))
    assert named(call("GET", f"{PODS}?labelSelector={selector.replace(' ', '%20')}")) == found


def test_field_selectors(call: Call) -> None:
    for name in ("a", "b"):
        call("POST", PODS, pod(name))
    assert named(call("GET", "/api/v1/pods?fieldSelector=metadata.name%3Db,status.phase!%3DRunning")) == ["b"]
    assert named(call("GET", "/api/v1/pods?fieldSelector=spec.nodeName%3Dn1")) == []


def test_a_selector_that_is_none(call: Call) -> None:
    assert call("GET", f"{PODS}?labelSelector=a%20b").status == 400


def test_lists_come_in_pages(call: Call) -> None:
    for at in range(5):
        call("POST", MAPS, config_map(f"m{at}"))
    seen, token = [], ""
    while True:
        page = call("GET", f"{MAPS}?limit=2&continue={token}")
        seen += named(page)
        token = page.json["metadata"].get("continue", "")
        if not token:
            break
    assert seen == ["kube-root-ca.crt", "m0", "m1", "m2", "m3", "m4"]
    assert call("GET", f"{MAPS}?continue=nonsense").status == 400


def test_a_watch_without_a_version_begins_with_what_is_there(call: Call) -> None:
    call("POST", PODS, pod("a"))
    watch = call("GET", f"{PODS}?watch=true")
    assert events(watch) == [("ADDED", "a")]
    call("POST", PODS, pod("b"))
    call("DELETE", f"{PODS}/a")
    assert [row for row in events(watch) if row[0] != "MODIFIED"] == [("ADDED", "b"), ("DELETED", "a")]


def test_a_watch_goes_on_from_a_version(call: Call) -> None:
    call("POST", MAPS, config_map("a"))
    version = call("GET", MAPS).json["metadata"]["resourceVersion"]
    call("PATCH", f"{MAPS}/a", {"data": {"x": "y"}}, MERGE)
    assert events(call("GET", f"{MAPS}?watch=1&resourceVersion={version}")) == [("MODIFIED", "a")]


def test_objects_come_into_and_go_out_of_a_selector(call: Call) -> None:
    call("POST", MAPS, config_map("a"))
    watch = call("GET", f"{MAPS}?watch=1&labelSelector=on")
    assert events(watch) == []
    call("PATCH", f"{MAPS}/a", {"metadata": {"labels": {"on": "1"}}}, MERGE)
    call("PATCH", f"{MAPS}/a", {"metadata": {"labels": {"on": None}}}, MERGE)
    assert events(watch) == [("ADDED", "a"), ("DELETED", "a")]


def test_a_watch_of_one_object(call: Call) -> None:
    call("POST", MAPS, config_map("a"))
    watch = call("GET", f"{MAPS}?watch=1&fieldSelector=metadata.name%3Da")
    call("POST", MAPS, config_map("b"))
    assert events(watch) == [("ADDED", "a")]


def test_a_version_that_is_too_old_is_gone(api: Api, call: Call) -> None:
    version = call("POST", MAPS, config_map("a")).json["metadata"]["resourceVersion"]
    call("PATCH", f"{MAPS}/a", {"data": {"x": "y"}}, MERGE)
    api.cluster.store.compact()
    watch = call("GET", f"{MAPS}?watch=1&resourceVersion={version}")
    assert watch.stream is not None
    event: Any = json.loads(watch.stream.read() or b"")
    assert (event["type"], event["object"]["code"], event["object"]["reason"]) == ("ERROR", 410, "Expired")
    assert watch.stream.read() is None


def test_a_watch_ends_by_the_clock_and_sends_bookmarks(call: Call, clock: SteppedClock) -> None:
    watch = call("GET", f"{MAPS}?watch=1&resourceVersion=0&timeoutSeconds=100&allowWatchBookmarks=true")
    events(watch)
    clock.sleep(61)
    assert events(watch) == [("BOOKMARK", "")]
    clock.sleep(50)
    assert watch.stream is not None
    assert watch.stream.read() is None


def test_readers_are_woken(call: Call) -> None:
    watch, woken = call("GET", f"{MAPS}?watch=1"), []
    assert watch.stream is not None
    watch.stream.notify = lambda: woken.append(True)
    call("POST", PODS, pod("other"))
    assert not woken
    call("POST", MAPS, config_map("a"))
    assert woken
    watch.stream.close()

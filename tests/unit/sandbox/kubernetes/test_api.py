"""The Api as a whole: determinism, forks, steps, the clients in process, and the server on loopback."""

import json
import os
import ssl
import threading
import urllib.request
from typing import Any

import pytest
from kubernetes import client as official
from kubernetes import dynamic

from eksgpu.engine.clock import SteppedClock, SystemClock
from eksgpu.sandbox.kubernetes.api import Api
from eksgpu.sandbox.kubernetes.certificate import Authority
from eksgpu.sandbox.kubernetes.failure import ApiError
from eksgpu.sandbox.kubernetes.inprocess import attach
from eksgpu.sandbox.kubernetes.server import serve
from tests.unit.sandbox.kubernetes.objects import MAPS, Call, config_map, pod, workload


def test_two_runs_give_the_same_cluster() -> None:
    def whole(api: Api) -> list[Any]:
        api.client().create(workload("Deployment", replicas=3))
        return [list(api.cluster.store.list(key)) for key in sorted({kind.key for kind in api.cluster.types})]

    assert whole(Api(SteppedClock(), seed=1)) == whole(Api(SteppedClock(), seed=1))


def test_a_fork_has_a_cluster_of_its_own(api: Api) -> None:
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        api.client().create(config_map("theirs"))
        os.write(writer, b"done")
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(reader, 9) == b"done"
    os.close(reader)
    os.close(writer)
    with pytest.raises(ApiError, match="not found"):
        api.client().get("v1", "ConfigMap", "theirs", "default")
    assert api.client().create(config_map("ours"))


def test_steps_act_until_they_are_done(api: Api) -> None:
    client = api.client("step")
    made: list[Any] = []

    def step() -> bool:
        if len(made) < 3:
            made.append(client.create(config_map(f"m{len(made)}")))
            return True
        return False

    api.add_step(step)
    api.settle()
    assert len(client.list("v1", "ConfigMap", "default")[0]) == 4


def test_a_step_that_never_ends_is_an_error(api: Api) -> None:
    api.add_step(lambda: True)
    with pytest.raises(RuntimeError, match="does not settle"):
        api.settle()


def test_objects_of_a_client_belong_to_its_caller(api: Api) -> None:
    client = api.client()
    client.create(config_map(a="1"))
    mine = client.get("v1", "ConfigMap", "settings", "default")
    mine["data"]["a"] = "changed"
    assert client.get("v1", "ConfigMap", "settings", "default")["data"] == {"a": "1"}


def test_the_client_of_controllers(api: Api) -> None:
    client = api.client("me")
    _, version = client.list("v1", "ConfigMap", "default")
    watch = client.watch("v1", "ConfigMap", "default", resource_version=version)
    made = client.create(config_map(a="1"))
    client.update({**made, "data": {"a": "2"}})
    client.patch("v1", "ConfigMap", "settings", {"data": {"b": "3"}}, "default")
    client.apply(config_map(c="4"))
    client.patch("v1", "ConfigMap", "settings", [{"op": "remove", "path": "/data/b"}], "default", type="json")
    client.event(made, "Done", "twice")
    client.event(made, "Done", "twice")
    client.delete("v1", "ConfigMap", "settings", "default")
    events = watch.poll()
    assert [kind for kind, _ in events] == ["ADDED", *["MODIFIED"] * 4, "DELETED"]
    assert events[-1][1]["data"] == {"a": "2", "c": "4"}
    assert client.list("v1", "Event", "default")[0][0]["count"] == 2
    watch.close()
    with pytest.raises(ApiError) as missing:
        client.get("v1", "Wish", "x")
    assert missing.value.status == 404


def test_the_official_client_in_process(api: Api) -> None:
    configuration = official.Configuration()
    configuration.host = "https://cluster.invalid"
    core = official.ApiClient(configuration)
    attach(core, api)
    whole = dynamic.DynamicClient(core)  # type: ignore[no-untyped-call]
    found = whole.resources.get(api_version="v1", kind="ConfigMap")
    found.create(body=config_map(a="1"), namespace="default")
    applied = found.server_side_apply(
        body=config_map(a="1", b="2"), namespace="default", name="settings", field_manager="x", force_conflicts=True
    )
    assert applied.data.to_dict() == {"a": "1", "b": "2"}
    names = [row.metadata.name for row in found.get(namespace="default", label_selector="").items]
    assert names == ["kube-root-ca.crt", "settings"]
    seen = [event["object"].metadata.name for event in found.watch(namespace="default", timeout=1)]
    assert seen == names
    with pytest.raises(dynamic.exceptions.NotFoundError):
        found.get(name="nope", namespace="default")
    core.close()  # type: ignore[no-untyped-call]


def opened(server: Any, api: Api, path: str) -> Any:
    context = ssl.create_default_context(cadata=server.ca)
    request = urllib.request.Request(server.url + path, headers={"Authorization": f"Bearer {api.admin_token}"})
    return urllib.request.urlopen(request, context=context)


def test_the_server_speaks_tls_and_streams() -> None:
    api = Api(SystemClock())
    authority = Authority.new()
    server = serve(api, authority=authority)
    try:
        assert server.ca == authority.pem
        with opened(server, api, "/version") as answer:
            assert json.load(answer)["minor"] == "35"
        with opened(server, api, f"{MAPS}?watch=1&resourceVersion={api.cluster.store.revision}") as watch:
            writer = threading.Thread(target=lambda: api.client().create(config_map("live")))
            writer.start()
            assert json.loads(watch.readline())["object"]["metadata"]["name"] == "live"
            writer.join()
        with pytest.raises(urllib.error.HTTPError, match="401"):
            urllib.request.urlopen(server.url + "/api", context=ssl.create_default_context(cadata=server.ca))
    finally:
        server.stop()


def test_the_server_lets_time_pass() -> None:
    api, called = Api(SystemClock()), threading.Event()
    server = serve(api)
    api.add_step(lambda: called.set() or False)  # type: ignore[func-returns-value]
    try:
        assert called.wait(30)
    finally:
        server.stop()


def test_refusals_do_not_change_anything(api: Api, call: Call) -> None:
    before = api.cluster.store.revision
    call("POST", MAPS, {"kind": "Pod"})
    call("POST", "/api/v1/namespaces/default/pods", pod("Bad_Name"))
    call("TRACE", MAPS)
    assert api.cluster.store.revision == before

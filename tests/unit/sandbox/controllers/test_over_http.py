"""The controllers' own way to an API that is another process: here the embedded one behind its server."""

import ssl
import threading
import urllib.request
from collections.abc import Callable, Iterator
from http.client import HTTPResponse
from pathlib import Path

import pytest

from eksgpu.engine.clock import SystemClock
from eksgpu.sandbox.controllers.cache import Cache
from eksgpu.sandbox.controllers.client import Kind
from eksgpu.sandbox.controllers.fleet import Fleet
from eksgpu.sandbox.controllers.http_client import HttpClient
from eksgpu.sandbox.controllers.kubelet_server import KubeletServer
from eksgpu.sandbox.kubernetes.api import Api
from eksgpu.sandbox.kubernetes.certificate import Authority
from eksgpu.sandbox.kubernetes.failure import ApiError
from eksgpu.sandbox.kubernetes.http import Request, Response

from .plain_server import PlainServer
from .stage import BEARS_CONTROLLER, DURATIONS, TinyCloud, system_machine

POD = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "web", "namespace": "default"},
    "spec": {"tolerations": BEARS_CONTROLLER, "containers": [{"name": "main", "image": "registry.k8s.io/pause:3.10"}]},
}


@pytest.fixture
def api() -> Api:
    return Api(SystemClock(1000))


@pytest.fixture
def client(api: Api) -> Iterator[HttpClient]:
    server = PlainServer(api)
    client = HttpClient(server.url, token=api.admin_token, ca="")
    yield client
    client.close()
    server.stop()


def eventually(true: Callable[[], bool]) -> bool:
    pause = threading.Event()  # time.sleep does nothing in these tests
    for _ in range(500):
        if true():
            return True
        pause.wait(0.02)
    return False


def test_objects_are_written_read_and_refused(client: HttpClient) -> None:
    client.create(POD)
    assert client.patch("v1", "Pod", "web", {"metadata": {"labels": {"a": "b"}}}, "default")["metadata"]["labels"]
    items, version = client.list("v1", "Pod", labels="a=b")
    assert [(item["kind"], item["metadata"]["name"]) for item in items] == [("Pod", "web")]
    assert int(version) > 0
    with pytest.raises(ApiError) as refused:
        client.create(POD)
    assert refused.value.status == 409
    client.event(items[0], "Seen", "by a test")
    assert [event["reason"] for event in client.list("v1", "Event", "default", fields="reason=Seen")[0]] == ["Seen"]
    client.delete("v1", "Pod", "web", "default", grace=0)
    assert client.list("v1", "Pod")[0] == []


def test_a_watch_tells_what_comes(client: HttpClient) -> None:
    _, version = client.list("v1", "Pod")
    watch = client.watch("v1", "Pod", resource_version=version)
    client.create(POD)
    assert eventually(lambda: "ADDED" in [kind for kind, _ in watch.poll()])


def test_what_is_seen_stays_true_when_a_server_refuses_to_watch_for_once(
    api: Api, client: HttpClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers, busy = api.handle, [ApiError(429, "TooManyRequests", "busy")]

    def handle(request: Request) -> Response:
        if "watch=1" in request.target and busy:
            refused = busy.pop()
            return Response.of(refused.as_status(), refused.status)
        return answers(request)

    monkeypatch.setattr(api, "handle", handle)
    pods = Cache(client, Kind("v1", "Pod"))
    pods.refresh()
    client.create(POD)
    refusals = []

    def seen() -> bool:
        try:
            pods.refresh()
        except ApiError as error:
            refusals.append(error.status)
        return pods.get("web", "default") is not None

    assert eventually(seen)
    assert refusals == [429]
    client.create({**POD, "metadata": {"name": "next", "namespace": "default"}})
    assert eventually(lambda: pods.refresh() and pods.get("next", "default") is not None)  # by the next watch


def test_pods_run_on_nodes_of_a_group(client: HttpClient) -> None:
    logs: list[str] = []
    fleet = Fleet(
        client, TinyCloud(), SystemClock(1000), seconds=DURATIONS.seconds, log=lambda _, __, text: logs.append(text)
    )
    client.create(POD)

    def running() -> bool:
        fleet.step()
        pods, _ = client.list("v1", "Pod")
        return [pod.get("status", {}).get("phase") for pod in pods] == ["Running"]

    assert eventually(running)
    assert {node["metadata"]["name"] for node in client.list("v1", "Node")[0]} == {
        system_machine(1).name,
        system_machine(2).name,
    }


@pytest.fixture
def kubelets(tmp_path: Path) -> Iterator[KubeletServer]:
    """The kubelets of one pod, which has printed two lines and still runs."""
    certificate, key = Authority.new().issue("127.0.0.1")
    for name, text in (("tls.crt", certificate), ("tls.key", key)):
        (tmp_path / name).write_text(text)
    held = {("default", "web", "main"): ["one", "two"]}
    server = KubeletServer(
        lambda *at: held.get(at),
        lambda *_: True,
        certificate=str(tmp_path / "tls.crt"),
        key=str(tmp_path / "tls.key"),
    )
    yield server
    server.stop()


def printed(kubelets: KubeletServer, query: str) -> HTTPResponse:
    """What a container has printed, as a kube-apiserver asks for it."""
    url = f"https://127.0.0.1:{kubelets.port}/containerLogs/default/web/main?{query}"
    answer: HTTPResponse = urllib.request.urlopen(url, context=ssl._create_unverified_context(), timeout=5)
    return answer


def test_logs_are_served_as_a_kubelet_serves_them(kubelets: KubeletServer) -> None:
    with printed(kubelets, "tailLines=1") as answer:
        assert answer.read() == b"two\n"


def test_nothing_goes_on_for_a_follower_who_has_left(kubelets: KubeletServer) -> None:
    before = threading.active_count()
    with printed(kubelets, "follow=true") as answer:
        assert answer.readline() == b"one\n"
        assert threading.active_count() > before
    assert eventually(lambda: threading.active_count() == before)

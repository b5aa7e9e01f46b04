"""The client: tokens renewed, errors by meaning, repeated where that is safe and nowhere else, everything counted."""

import socket
import subprocess
import sys
import threading

import pytest

from eksgpu.errors import AnswerLost, CloudError, CredentialsError, Denied, Later, LockLost, Throttled
from eksgpu.kube.api import KubeApi
from eksgpu.kube.errors import UNREACHABLE
from eksgpu.kube.names import ApiResource

from .conftest import NEVER, Connect
from .control_plane import TOKEN
from .faults import Faults
from .lab import Lab, config_map

CONFIG_MAPS = ApiResource("", "v1", "ConfigMap", "configmaps", namespaced=True)


def test_a_refused_token_is_renewed_once(connect: Connect, faults: Faults) -> None:
    made = iter(("stale", TOKEN, "other"))
    api = connect(lambda: (next(made), NEVER))
    api.list(CONFIG_MAPS, "default")
    assert faults.tokens == ["Bearer stale", f"Bearer {TOKEN}"]
    api.list(CONFIG_MAPS, "default")
    assert faults.tokens[2:] == [f"Bearer {TOKEN}"]


def test_who_is_refused_again_has_no_access(connect: Connect) -> None:
    api = connect(lambda: ("bad", NEVER))
    with pytest.raises(CredentialsError) as caught:
        api.get(CONFIG_MAPS, "a", "default")
    assert caught.value.hint is not None
    assert "access entry" in caught.value.hint


@pytest.mark.parametrize("fault", ["401", "403"])
def test_a_new_clusters_refusals_pass(connect: Connect, lab: Lab, faults: Faults, fault: str) -> None:
    api = connect(settling=5.0)
    faults.on_list = [fault]
    with pytest.raises(Later):
        api.list(CONFIG_MAPS, "default")
    lab.clock.sleep(6)
    faults.on_list = [fault, fault]
    with pytest.raises((Denied, CredentialsError)):
        api.list(CONFIG_MAPS, "default")


@pytest.mark.parametrize("fault", ["drop", "after", "500", "429"])
def test_an_apply_is_repeated(lab: Lab, faults: Faults, fault: str) -> None:
    faults.on_write = [fault, fault]
    lab.api.apply(config_map("a", key="1").manifest)
    assert lab.get("v1", "ConfigMap", "a", "default")["data"] == {"key": "1"}


@pytest.mark.parametrize(("fault", "kind"), [("drop", AnswerLost), ("429", Throttled)])
def test_what_does_not_pass_is_raised_in_the_end(lab: Lab, faults: Faults, fault: str, kind: type[CloudError]) -> None:
    faults.on_write = [fault] * 9
    with pytest.raises(kind):
        lab.api.apply(config_map("a").manifest)


def test_a_create_is_never_repeated(lab: Lab, faults: Faults) -> None:
    faults.on_write = ["after"]
    with pytest.raises(AnswerLost):
        lab.api.create(dict(config_map("a").manifest))
    assert "a" in lab.there("v1", "ConfigMap", "default")


def test_deleting_another_object_of_the_name_is_not_deleting(lab: Lab) -> None:
    lab.api.create(dict(config_map("a").manifest))
    with pytest.raises(CloudError):
        lab.api.delete(CONFIG_MAPS, "a", "default", uid="another")
    assert "a" in lab.there("v1", "ConfigMap", "default")


def test_a_run_whose_answers_are_lost_makes_everything_once(lab: Lab, faults: Faults) -> None:
    objects = [config_map(f"c{number}") for number in range(4)]
    faults.on_write = ["after", "drop", "500"] * 8
    lab.apply(*objects)
    assert lab.plan(*objects).empty


def test_lists_come_page_by_page(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("eksgpu.kube.api.PAGE", 2)
    for number in range(5):
        lab.api.create(dict(config_map(f"c{number}").manifest))
    items, version = lab.api.list(CONFIG_MAPS, "default")
    assert {item["metadata"]["name"] for item in items} >= {f"c{number}" for number in range(5)}
    assert {item["kind"] for item in items} == {"ConfigMap"}
    assert version


def test_a_list_that_took_too_long_begins_again(lab: Lab, faults: Faults) -> None:
    lab.api.create(dict(config_map("a").manifest))
    faults.on_list = ["410 at once"]
    assert lab.api.list(CONFIG_MAPS, "default")[0]


def test_the_lock_is_asked_before_every_change_and_no_read(lab: Lab) -> None:
    def lost(operation: str) -> None:
        raise LockLost(f"lock lost before {operation}")

    lab.api.guard_writes(lost)
    lab.api.list(CONFIG_MAPS)
    lab.api.apply(config_map("a").manifest, dry_run=True)
    with pytest.raises(LockLost, match="apply ConfigMap/default/a"):
        lab.api.apply(config_map("a").manifest)
    assert "a" not in lab.there("v1", "ConfigMap", "default")


def test_calls_are_counted_by_verb_and_kind(lab: Lab) -> None:
    lab.api.apply(config_map("a").manifest)
    lab.api.apply(config_map("a").manifest, dry_run=True)
    lab.api.list(CONFIG_MAPS)
    assert dict(lab.api.calls) == {"discover": 2, "apply ConfigMap": 1, "dry-run ConfigMap": 1, "list ConfigMap": 1}


def test_threads_share_it(lab: Lab) -> None:
    def work(number: int) -> None:
        lab.api.apply(config_map(f"c{number}").manifest)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert lab.there("v1", "ConfigMap", "default") >= {f"c{number}" for number in range(8)}
    assert lab.api.calls["discover"] == 2


def test_nobody_there() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    api = KubeApi(f"https://127.0.0.1:{port}", sleep=lambda _: None)
    with pytest.raises(CloudError, match="cannot reach") as caught:
        api.get(CONFIG_MAPS, "a", "default")
    assert caught.value.code == UNREACHABLE
    settling = KubeApi(f"https://127.0.0.1:{port}", sleep=lambda _: None, settling=60)
    with pytest.raises(Later):
        settling.get(CONFIG_MAPS, "a", "default")


def test_the_official_client_is_imported_when_it_is_needed() -> None:
    program = "import sys; import eksgpu.kube, eksgpu.kube.api; sys.exit('kubernetes' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0

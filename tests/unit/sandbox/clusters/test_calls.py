"""Requests to a cluster as calls of the account: in its log, met by its faults, told to its hook."""

from contextlib import suppress

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError

from eksgpu.errors import AnswerLost, CloudError, Later
from eksgpu.sandbox.calllog import LoggedCall
from eksgpu.sandbox.faults import Fault, Moment, failed_after, lost_answer, throttle
from eksgpu.sandbox.world import World
from tests.support.crash import MODES, Crashes
from tests.unit.sandbox.eks.account import EksAccount

from .reach import Reach, config_map, listed

APPLY, CREATE = "apply:ConfigMap", "create:ConfigMap"


@pytest.fixture
def told(world: World) -> list[str]:
    """What the hook hears of."""
    heard: list[str] = []

    def hear(moment: Moment, call: LoggedCall) -> None:
        heard.append(f"{moment} {call.operation}")

    world.faults.hook = hear
    return heard


def test_changes_are_logged_and_told_and_reads_are_not(
    account: EksAccount, reach: Reach, world: World, told: list[str]
) -> None:
    account.active_cluster()
    api = reach.api()
    told.clear()
    before = world.log.total
    api.apply(config_map("a"), dry_run=True)
    api.apply(config_map("a"))
    with pytest.raises(CloudError):
        api.create(config_map("a"))
    api.merge(api.resource("v1", "ConfigMap"), "a", "default", {"data": {"key": "1"}})
    api.delete(api.resource("v1", "ConfigMap"), "a", "default")
    listed(api, "ConfigMap")
    logged = list(world.log)[before:]
    assert [(call.operation, call.status, call.error) for call in logged] == [
        (APPLY, 201, None),
        (CREATE, 409, "AlreadyExists"),
        ("patch:ConfigMap", 200, None),
        ("delete:ConfigMap", 200, None),
    ]
    assert {(call.service, call.is_aws, call.mutates) for call in logged} == {("kubernetes", False, True)}
    assert logged[0].params == {"cluster": "demo", "namespace": "default", "name": "a"}
    assert told == [f"{moment} {call.operation}" for call in logged for moment in ("before", "after")]


def test_a_lost_answer_and_a_refusal_after_the_fact_are_executed(
    account: EksAccount, reach: Reach, world: World
) -> None:
    account.active_cluster()
    api = reach.api()
    world.faults.add(lost_answer("kubernetes", CREATE, 1), failed_after("kubernetes", CREATE, 2))
    for name in ("lost", "failed"):
        with pytest.raises(AnswerLost):
            api.create(config_map(name))
    names = {one["metadata"]["name"] for one in listed(api, "ConfigMap", "default")}
    assert {"lost", "failed"} <= names


def test_what_is_refused_or_dropped_before_is_not_executed(
    account: EksAccount, reach: Reach, world: World, told: list[str]
) -> None:
    account.active_cluster()
    api = reach.api()
    world.faults.add(
        Fault("kubernetes", CREATE, 1, do="drop_before"),
        Fault("kubernetes", CREATE, 2, code="Boom", message="no", status=500),
        Fault(
            "kubernetes",
            "list:Node",
            do="error",
            status=503,
            message="the server is currently unable to handle the request",
        ),
    )
    told.clear()
    with pytest.raises(AnswerLost, match="Connection aborted"):
        api.create(config_map("dropped"))
    with pytest.raises(AnswerLost, match="Boom: no"):
        api.create(config_map("refused"))
    with pytest.raises(Later):
        listed(api, "Node")
    assert told == [f"before {CREATE}"] * 2
    assert {one["metadata"]["name"] for one in listed(api, "ConfigMap", "default")} == {"kube-root-ca.crt"}


def test_a_throttled_apply_is_sent_again(account: EksAccount, reach: Reach, world: World) -> None:
    account.active_cluster()
    api = reach.api()
    world.faults.add(throttle("kubernetes", APPLY))
    before = world.log.total
    api.apply(config_map("a"))
    assert [call.status for call in list(world.log)[before:]] == [429, 201]


def test_a_failing_step_of_the_sandbox_is_no_failure_of_a_request(
    account: EksAccount, reach: Reach, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    account.active_cluster()
    api = reach.api()
    plane = reach.plane()
    plane.api.add_step(lambda: bool(1 // 0))
    api.apply(config_map("a"))
    assert [record.exc_info and record.exc_info[0] for record in caplog.records] == [ZeroDivisionError]


def test_a_crash_at_every_change_of_both_halves(account: EksAccount, reach: Reach, world: World) -> None:
    """What the crash tests rest on: each accident strikes a fork of the whole account, cluster and all."""
    account.active_cluster()
    group = account.group_request(scalingConfig={"minSize": 0, "maxSize": 1, "desiredSize": 0})

    def act() -> None:
        api = reach.api()
        api.apply(config_map("a"))
        with suppress(ClientError, ConnectionClosedError):
            account.eks.create_nodegroup(**group)
        api.apply(config_map("b"))

    def check(_: bool) -> None:
        names = {one["metadata"]["name"] for one in listed(reach.api(), "ConfigMap", "default")}
        assert {"a", "b"} <= names

    crashes = Crashes(world, act, recover=act, check=check, chunk=0, chunks=1)
    crashes.run()
    assert crashes.reports == []
    assert crashes.tried == 3 * len(MODES)

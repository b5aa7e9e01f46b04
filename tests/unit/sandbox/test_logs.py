"""Log groups: retention in whole steps, tags, lengths, and groups that are there already or never were."""

from typing import Any

import pytest

from eksgpu.sandbox.ec2.backend import later
from eksgpu.sandbox.moto_bridge import backend
from eksgpu.sandbox.world import World
from tests.unit.sandbox.conftest import ClientOf
from tests.unit.sandbox.vpc_parts import refusal


@pytest.fixture
def logs(client: ClientOf) -> Any:
    return client("logs")


def test_retention_takes_the_api_s_steps(logs: Any) -> None:
    logs.create_log_group(logGroupName="/a")
    assert refusal(logs.put_retention_policy, logGroupName="/a", retentionInDays=8)[0] == "InvalidParameterException"
    logs.put_retention_policy(logGroupName="/a", retentionInDays=90)
    (group,) = logs.describe_log_groups(logGroupNamePrefix="/a")["logGroups"]
    assert group["retentionInDays"] == 90


def test_tags_come_with_the_group_and_later(logs: Any) -> None:
    logs.create_log_group(logGroupName="/a", tags={"a": "b"})
    arn = logs.describe_log_groups()["logGroups"][0]["logGroupArn"]
    logs.tag_resource(resourceArn=arn, tags={"c": "d"})
    logs.untag_resource(resourceArn=arn, tagKeys=["a"])
    assert logs.list_tags_for_resource(resourceArn=arn)["tags"] == {"c": "d"}


def test_what_is_refused(logs: Any) -> None:
    logs.create_log_group(logGroupName="/a")
    assert refusal(logs.create_log_group, logGroupName="/a") == (
        "ResourceAlreadyExistsException",
        "The specified log group already exists",
    )
    assert refusal(logs.create_log_group, logGroupName="x" * 513)[0] == "InvalidParameterException"
    assert refusal(logs.delete_log_group, logGroupName="/b")[0] == "ResourceNotFoundException"


def test_what_is_written_late_is_there_when_somebody_looks(logs: Any, world: World) -> None:
    moto = backend("logs", world.account, "us-west-2")
    later(world, "us-west-2", 30, lambda: moto.create_log_group("/aws/eks/demo/cluster", {}))
    assert logs.describe_log_groups()["logGroups"] == []
    world.clock.sleep(30)
    assert [group["logGroupName"] for group in logs.describe_log_groups()["logGroups"]] == ["/aws/eks/demo/cluster"]

"""The log group that EKS makes by itself, and makes again."""

from typing import Any

from eksgpu.sandbox.world import World
from tests.unit.sandbox.eks.account import EksAccount

GROUP = "/aws/eks/demo/cluster"
LOGGING: dict[str, Any] = {"clusterLogging": [{"types": ["api", "audit"], "enabled": True}]}


def test_a_cluster_with_logging_makes_the_group(account: EksAccount) -> None:
    account.active_cluster(logging=LOGGING)
    assert account.log_groups() == [GROUP]
    account.logs.delete_log_group(logGroupName=GROUP)
    assert account.log_groups() == [GROUP]


def test_a_group_made_before_keeps_its_retention(account: EksAccount) -> None:
    account.logs.create_log_group(logGroupName=GROUP)
    account.logs.put_retention_policy(logGroupName=GROUP, retentionInDays=30)
    account.active_cluster(logging=LOGGING)
    assert account.logs.describe_log_groups()["logGroups"][0]["retentionInDays"] == 30


def test_without_logging_there_is_none(account: EksAccount) -> None:
    account.active_cluster()
    assert account.log_groups() == []


def test_late_lines_make_the_group_again_within_a_minute(account: EksAccount) -> None:
    account.active_cluster(logging=LOGGING)
    account.eks.delete_cluster(name="demo")
    account.clock.sleep(180)
    account.logs.delete_log_group(logGroupName=GROUP)
    assert account.log_groups() == []
    account.clock.sleep(60)
    assert account.log_groups() == [GROUP]
    account.logs.delete_log_group(logGroupName=GROUP)
    account.clock.sleep(600)
    assert account.log_groups() == []


def test_late_lines_can_be_switched_off(account: EksAccount, world: World) -> None:
    world.options["late_log_writes"] = False
    account.active_cluster(logging=LOGGING)
    account.eks.delete_cluster(name="demo")
    account.clock.sleep(180)
    account.logs.delete_log_group(logGroupName=GROUP)
    account.clock.sleep(60)
    assert account.log_groups() == []

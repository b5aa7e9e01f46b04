"""EventBridge rules: tags of a new rule only, targets, quotas, lengths."""

from typing import Any

import pytest

from eksgpu.sandbox.world import World
from tests.unit.sandbox.conftest import ClientOf
from tests.unit.sandbox.vpc_parts import refusal

PATTERN = '{"source": ["aws.ec2"]}'
QUEUE = "arn:aws:sqs:us-west-2:111122223333:q"


@pytest.fixture
def events(client: ClientOf) -> Any:
    return client("events")


def put(events: Any, name: str = "r", **more: Any) -> str:
    return str(events.put_rule(Name=name, EventPattern=PATTERN, **more)["RuleArn"])


def test_only_a_new_rule_takes_tags(events: Any) -> None:
    arn = put(events, Tags=[{"Key": "a", "Value": "b"}])
    put(events, Description="d", Tags=[{"Key": "c", "Value": "d"}])
    assert events.list_tags_for_resource(ResourceARN=arn)["Tags"] == [{"Key": "a", "Value": "b"}]
    assert events.describe_rule(Name="r")["Description"] == "d"
    events.tag_resource(ResourceARN=arn, Tags=[{"Key": "c", "Value": "d"}])
    assert len(events.list_tags_for_resource(ResourceARN=arn)["Tags"]) == 2


def test_a_rule_with_targets_stays(events: Any) -> None:
    put(events)
    events.put_targets(Rule="r", Targets=[{"Id": "queue", "Arn": QUEUE}])
    assert events.list_rule_names_by_target(TargetArn=QUEUE)["RuleNames"] == ["r"]
    assert refusal(events.delete_rule, Name="r") == (
        "ValidationException",
        "Rule can't be deleted since it has targets.",
    )
    events.remove_targets(Rule="r", Ids=["queue"])
    events.delete_rule(Name="r")
    assert refusal(events.describe_rule, Name="r")[0] == "ResourceNotFoundException"


def test_quotas_and_lengths(events: Any, world: World) -> None:
    assert refusal(put, events=events, name="x" * 65)[0] == "ValidationException"
    assert refusal(events.put_rule, Name="r", EventPattern="{")[0] == "InvalidEventPatternException"
    world.quotas.set("L-244521F2", 1)
    put(events)
    put(events)
    assert refusal(put, events=events, name="other")[0] == "LimitExceededException"
    targets = [{"Id": str(number), "Arn": QUEUE} for number in range(6)]
    assert refusal(events.put_targets, Rule="r", Targets=targets)[0] == "LimitExceededException"
    unknown = {"Name": "x", "EventPattern": PATTERN, "EventBusName": "nowhere"}
    assert refusal(events.put_rule, **unknown)[0] == "ResourceNotFoundException"

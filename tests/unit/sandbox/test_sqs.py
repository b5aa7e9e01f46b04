"""Queues: the minute after a deletion, names, and creating one that is there."""

from typing import Any

import pytest

from eksgpu.engine.clock import SteppedClock
from tests.unit.sandbox.conftest import ClientOf
from tests.unit.sandbox.vpc_parts import refusal


@pytest.fixture
def sqs(client: ClientOf) -> Any:
    return client("sqs")


def test_a_name_is_taken_for_a_minute_after_deletion(sqs: Any, clock: SteppedClock) -> None:
    url = sqs.create_queue(QueueName="q", tags={"a": "b"})["QueueUrl"]
    assert sqs.list_queue_tags(QueueUrl=url)["Tags"] == {"a": "b"}
    sqs.delete_queue(QueueUrl=url)
    assert refusal(sqs.create_queue, QueueName="q") == (
        "AWS.SimpleQueueService.QueueDeletedRecently",
        "You must wait 60 seconds after deleting a queue before you can create another with the same name.",
    )
    sqs.create_queue(QueueName="other")
    clock.sleep(60)
    sqs.create_queue(QueueName="q")


def test_creating_a_queue_again(sqs: Any) -> None:
    attributes = {"MessageRetentionPeriod": "300"}
    first, second = (sqs.create_queue(QueueName="q", Attributes=attributes)["QueueUrl"] for _ in range(2))
    assert first == second
    changed = {"MessageRetentionPeriod": "400"}
    assert refusal(sqs.create_queue, QueueName="q", Attributes=changed)[0] == "QueueAlreadyExists"


@pytest.mark.parametrize("name", ["a.b", "x" * 81, "a b"])
def test_names_have_a_form(client: ClientOf, name: str) -> None:
    assert refusal(client("sqs").create_queue, QueueName=name)[0] == "InvalidParameterValue"

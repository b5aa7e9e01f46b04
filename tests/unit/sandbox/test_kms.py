"""KMS keys: what a key that is pending deletion still does, names, and policies that name strangers."""

import json
from datetime import timedelta
from typing import Any

import pytest

from eksgpu.engine.clock import SteppedClock
from tests.unit.sandbox.conftest import ClientOf
from tests.unit.sandbox.vpc_parts import refusal


@pytest.fixture
def kms(client: ClientOf) -> Any:
    return client("kms")


@pytest.fixture
def key(kms: Any) -> str:
    made = kms.create_key(Description="d", Tags=[{"TagKey": "a", "TagValue": "b"}])["KeyMetadata"]
    kms.create_alias(AliasName="alias/demo", TargetKeyId=made["Arn"])
    return str(made["Arn"])


def policy(principal: str) -> str:
    statement = {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "kms:*", "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def test_a_key_answers_to_arn_id_and_alias(kms: Any, key: str) -> None:
    assert [kms.describe_key(KeyId=name)["KeyMetadata"]["Arn"] for name in (key, key[-36:], "alias/demo")] == [key] * 3
    kms.enable_key_rotation(KeyId=key)
    assert kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"]
    assert kms.list_resource_tags(KeyId=key)["Tags"] == [{"TagKey": "a", "TagValue": "b"}]
    assert refusal(kms.create_alias, AliasName="alias/demo", TargetKeyId=key)[0] == "AlreadyExistsException"


def test_a_key_pending_deletion_can_be_looked_at_and_saved_only(kms: Any, key: str, clock: SteppedClock) -> None:
    answer = kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    assert (answer["KeyId"], answer["DeletionDate"]) == (key, clock.now() + timedelta(days=7))
    shown = kms.describe_key(KeyId="alias/demo")["KeyMetadata"]
    assert (shown["KeyState"], shown["Enabled"], shown["DeletionDate"]) == (
        "PendingDeletion",
        False,
        clock.now() + timedelta(days=7),
    )
    expected = ("KMSInvalidStateException", f"{key} is pending deletion.")
    assert refusal(kms.encrypt, KeyId="alias/demo", Plaintext=b"x") == expected
    assert refusal(kms.schedule_key_deletion, KeyId=key) == expected
    assert refusal(kms.create_alias, AliasName="alias/other", TargetKeyId=key[-36:]) == expected
    assert refusal(kms.tag_resource, KeyId=key, Tags=[{"TagKey": "a", "TagValue": "c"}]) == expected
    assert refusal(kms.enable_key_rotation, KeyId=key) == expected
    assert kms.list_resource_tags(KeyId=key)["Tags"]
    kms.cancel_key_deletion(KeyId=key)
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "Disabled"
    kms.enable_key(KeyId=key)
    kms.encrypt(KeyId=key, Plaintext=b"x")
    assert refusal(kms.cancel_key_deletion, KeyId=key)[0] == "KMSInvalidStateException"


def test_an_alias_moves_and_goes(kms: Any, key: str) -> None:
    other = kms.create_key()["KeyMetadata"]["Arn"]
    kms.update_alias(AliasName="alias/demo", TargetKeyId=other)
    assert kms.describe_key(KeyId="alias/demo")["KeyMetadata"]["Arn"] == other
    kms.delete_alias(AliasName="alias/demo")
    assert refusal(kms.describe_key, KeyId="alias/demo")[0] == "NotFoundException"


@pytest.mark.parametrize("days", [6, 31])
def test_the_waiting_period_has_bounds(client: ClientOf, key: str, days: int) -> None:
    wanted = {"KeyId": key, "PendingWindowInDays": days}
    assert refusal(client("kms").schedule_key_deletion, **wanted)[0] == "ValidationException"


def test_a_policy_may_name_only_who_exists(kms: Any, client: ClientOf) -> None:
    stranger = "arn:aws:iam::111122223333:role/late"
    assert refusal(kms.create_key, Policy=policy(stranger)) == (
        "MalformedPolicyDocumentException",
        "Policy contains a statement with one or more invalid principals.",
    )
    trust = (
        '{"Statement": {"Effect": "Allow", "Principal": {"Service": "eks.amazonaws.com"}, "Action": "sts:AssumeRole"}}'
    )
    client("iam").create_role(RoleName="late", AssumeRolePolicyDocument=trust)
    kms.create_key(Policy=policy(stranger))
    kms.create_key(Policy=policy("arn:aws:iam::111122223333:root"))
    assert refusal(kms.create_key, Policy="{")[0] == "MalformedPolicyDocumentException"


def test_a_key_that_never_was(kms: Any) -> None:
    wanted = {"KeyId": "12345678-1234-1234-1234-123456789012"}
    assert refusal(kms.schedule_key_deletion, **wanted) == (
        "NotFoundException",
        f"Key 'arn:aws:kms:us-west-2:111122223333:key/{wanted['KeyId']}' does not exist",
    )

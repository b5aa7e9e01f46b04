"""Who is calling, and what the policy simulator says the caller may do."""

import pytest
from botocore.exceptions import ClientError

from eksgpu.engine.clock import SteppedClock
from eksgpu.sandbox import inprocess
from eksgpu.sandbox.world import World
from tests.unit.sandbox.conftest import ClientOf

ROLE = "arn:aws:iam::111122223333:role/operator"


def test_the_caller_is_the_account_s_user(client: ClientOf) -> None:
    identity = client("sts").get_caller_identity()
    assert identity["Arn"] == "arn:aws:iam::111122223333:user/sandbox"
    assert identity["Account"] == "111122223333"
    assert identity["UserId"].startswith("AIDA")


@pytest.mark.parametrize(
    ("arn", "user_id"),
    [
        ("arn:aws:sts::111122223333:assumed-role/operator/anna", "AROASANDBOX0000000000:anna"),
        ("arn:aws:iam::111122223333:root", "111122223333"),
    ],
)
def test_the_caller_can_be_anyone(arn: str, user_id: str) -> None:
    identity = inprocess.session(World(clock=SteppedClock(), caller_arn=arn)).client("sts").get_caller_identity()
    assert (identity["Arn"], identity["UserId"]) == (arn, user_id)


def test_the_simulator_denies_what_is_denied(world: World, client: ClientOf) -> None:
    world.denied |= {"ec2:CreateVpc", "kms:*"}
    results = client("iam").simulate_principal_policy(
        PolicySourceArn=ROLE, ActionNames=["ec2:CreateVpc", "ec2:CreateSubnet", "kms:CreateKey"]
    )["EvaluationResults"]
    assert {result["EvalActionName"]: result["EvalDecision"] for result in results} == {
        "ec2:CreateVpc": "implicitDeny",
        "ec2:CreateSubnet": "allowed",
        "kms:CreateKey": "implicitDeny",
    }


def test_the_simulator_answers_per_resource_and_in_pages(client: ClientOf) -> None:
    pages = client("iam").get_paginator("simulate_principal_policy")
    actions = [f"ec2:Action{number}" for number in range(60)]
    found = [
        (result["EvalActionName"], result["EvalResourceName"])
        for page in pages.paginate(PolicySourceArn=ROLE, ActionNames=actions, ResourceArns=["arn:a", "arn:b"])
        for result in page["EvaluationResults"]
    ]
    assert found == [(action, resource) for action in actions for resource in ("arn:a", "arn:b")]


def test_the_simulator_refuses_a_role_session(client: ClientOf) -> None:
    with pytest.raises(ClientError, match="does not clearly define entity type and name") as caught:
        client("iam").simulate_principal_policy(
            PolicySourceArn="arn:aws:sts::111122223333:assumed-role/operator/anna", ActionNames=["ec2:CreateVpc"]
        )
    assert caught.value.response["Error"]["Code"] == "InvalidInput"

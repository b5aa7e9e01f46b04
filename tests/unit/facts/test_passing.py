"""Which roles a role may pass: read from its policies, attached and inline, however they are written."""

import json
from typing import Any

import pytest

from eksgpu.facts.passing import may_pass, read_passable
from tests.support.rig import Rig

NODE = "arn:aws:iam::111122223333:role/KarpenterNodeRole-a"


def passable(statement: dict[str, Any], *, inline: bool) -> tuple[str, ...]:
    rig = Rig()
    iam, document = rig.run.aws.iam, json.dumps({"Version": "2012-10-17", "Statement": statement})
    iam.create_role(
        RoleName="karpenter", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": []})
    )
    if inline:
        iam.put_role_policy(RoleName="karpenter", PolicyName="own", PolicyDocument=document)
    else:
        made = iam.create_policy(PolicyName="passing", PolicyDocument=document)["Policy"]["Arn"]
        iam.attach_role_policy(RoleName="karpenter", PolicyArn=made)
    return read_passable(rig.run, "karpenter")


@pytest.mark.parametrize("inline", [True, False])
@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ({"Effect": "Allow", "Action": "iam:PassRole", "Resource": NODE}, (NODE,)),
        ({"Effect": "Allow", "Action": ["ec2:*", "iam:Pass*"], "Resource": [NODE, "*"]}, ("*", NODE)),
        ({"Effect": "Allow", "Action": "ec2:*", "Resource": "*"}, ()),
    ],
)
def test_of_policies(statement: dict[str, Any], expected: tuple[str, ...], inline: bool) -> None:
    assert passable(statement, inline=inline) == expected


def test_a_pattern_is_met_as_iam_meets_it() -> None:
    assert may_pass(NODE, ["arn:aws:iam::*:role/KarpenterNodeRole-*"])
    assert not may_pass(f"{NODE}-other", [NODE])

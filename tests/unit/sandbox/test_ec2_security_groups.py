"""Security group rules: ids, tags, duplicates, all or nothing, changes and removal by id."""

from typing import Any

import pytest

from eksgpu.sandbox.world import World
from tests.unit.sandbox.conftest import ClientOf
from tests.unit.sandbox.vpc_parts import refusal, tagged


@pytest.fixture
def ec2(client: ClientOf) -> Any:
    return client("ec2")


@pytest.fixture
def group(ec2: Any) -> str:
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    made = ec2.create_security_group(
        GroupName="g", Description="d", VpcId=vpc, TagSpecifications=tagged("security-group", a="b")
    )
    return str(made["GroupId"])


def https(**peer: Any) -> dict[str, Any]:
    return {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, **peer}


def rules(ec2: Any, group: str, egress: bool) -> list[Any]:
    found = ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [group]}])
    return [rule for rule in found["SecurityGroupRules"] if rule["IsEgress"] == egress]


def test_a_new_group_lets_everything_out(ec2: Any, group: str) -> None:
    (rule,) = rules(ec2, group, egress=True)
    assert (rule["IpProtocol"], rule["CidrIpv4"], rule["FromPort"]) == ("-1", "0.0.0.0/0", -1)
    assert rules(ec2, group, egress=False) == []


def test_rules_have_ids_tags_and_descriptions(ec2: Any, group: str) -> None:
    peer = {"UserIdGroupPairs": [{"GroupId": group, "Description": "nodes"}]}
    made = ec2.authorize_security_group_ingress(
        GroupId=group, IpPermissions=[https(**peer)], TagSpecifications=tagged("security-group-rule", Name="r")
    )["SecurityGroupRules"]
    assert made == rules(ec2, group, egress=False)
    rule = made[0]
    assert (rule["ReferencedGroupInfo"]["GroupId"], rule["Description"]) == (group, "nodes")
    assert rule["Tags"] == [{"Key": "Name", "Value": "r"}]
    by_tag = ec2.describe_security_group_rules(Filters=[{"Name": "tag:Name", "Values": ["r"]}])["SecurityGroupRules"]
    assert [one["SecurityGroupRuleId"] for one in by_tag] == [rule["SecurityGroupRuleId"]]


def test_a_request_with_a_duplicate_adds_nothing(ec2: Any, group: str) -> None:
    known = https(IpRanges=[{"CidrIp": "10.0.0.0/8", "Description": "one"}])
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[known])
    fresh = https(IpRanges=[{"CidrIp": "11.0.0.0/8"}, {"CidrIp": "10.0.0.0/8", "Description": "two"}])
    assert refusal(ec2.authorize_security_group_ingress, GroupId=group, IpPermissions=[fresh]) == (
        "InvalidPermission.Duplicate",
        'the specified rule "peer: 10.0.0.0/8, TCP, from port: 443, to port: 443, ALLOW" already exists',
    )
    assert len(rules(ec2, group, egress=False)) == 1


def test_rules_change_and_go_by_id(ec2: Any, group: str) -> None:
    made = ec2.authorize_security_group_egress(
        GroupId=group, IpPermissions=[https(IpRanges=[{"CidrIp": "10.0.0.0/8"}])]
    )["SecurityGroupRules"][0]["SecurityGroupRuleId"]
    wanted = {"IpProtocol": "-1", "FromPort": -1, "ToPort": -1, "ReferencedGroupId": group, "Description": "new"}
    ec2.modify_security_group_rules(
        GroupId=group, SecurityGroupRules=[{"SecurityGroupRuleId": made, "SecurityGroupRule": wanted}]
    )
    (rule,) = ec2.describe_security_group_rules(SecurityGroupRuleIds=[made])["SecurityGroupRules"]
    assert (rule["IpProtocol"], rule["ReferencedGroupInfo"]["GroupId"], rule["Description"]) == ("-1", group, "new")
    assert "CidrIpv4" not in rule
    ec2.revoke_security_group_egress(GroupId=group, SecurityGroupRuleIds=[made])
    code = "InvalidSecurityGroupRuleId.NotFound"
    assert refusal(ec2.describe_security_group_rules, SecurityGroupRuleIds=[made])[0] == code
    assert refusal(ec2.revoke_security_group_egress, GroupId=group, SecurityGroupRuleIds=[made])[0] == code
    assert (
        refusal(
            ec2.revoke_security_group_ingress, GroupId=group, IpPermissions=[https(IpRanges=[{"CidrIp": "9.0.0.0/8"}])]
        )[0]
        == "InvalidPermission.NotFound"
    )


@pytest.mark.parametrize(
    ("permission", "code"),
    [
        (https(IpRanges=[{"CidrIp": "10.0.0.1/8"}]), "InvalidParameterValue"),
        (https(UserIdGroupPairs=[{"GroupId": "sg-0123456789abcdef0"}]), "InvalidGroup.NotFound"),
        ({"IpProtocol": "tcp", "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}, "InvalidParameterValue"),
    ],
)
def test_unfit_rules_are_refused(ec2: Any, group: str, permission: dict[str, Any], code: str) -> None:
    assert refusal(ec2.authorize_security_group_ingress, GroupId=group, IpPermissions=[permission])[0] == code


def test_the_quota_of_rules(ec2: Any, group: str, world: World) -> None:
    world.quotas.set("L-0EA8095F", 2)
    for number in (1, 2):
        ec2.authorize_security_group_ingress(
            GroupId=group, IpPermissions=[https(IpRanges=[{"CidrIp": f"10.{number}.0.0/16"}])]
        )
    assert (
        refusal(
            ec2.authorize_security_group_ingress,
            GroupId=group,
            IpPermissions=[https(IpRanges=[{"CidrIp": "10.3.0.0/16"}])],
        )[0]
        == "RulesPerSecurityGroupLimitExceeded"
    )


def test_a_name_is_taken_within_its_vpc(ec2: Any, group: str) -> None:
    vpc = ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"][0]["VpcId"]
    wanted = {"GroupName": "g", "Description": "d"}
    assert refusal(ec2.create_security_group, VpcId=vpc, **wanted)[0] == "InvalidGroup.Duplicate"
    ec2.create_security_group(**wanted)
    assert refusal(ec2.create_security_group, GroupName="x" * 256, Description="d")[0] == "InvalidParameterValue"

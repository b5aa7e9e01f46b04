"""IAM: what is refused before it exists, and what is refused while something depends on it."""

import json
from typing import Any

import pytest

from eksgpu.sandbox.world import World
from tests.unit.sandbox.conftest import ClientOf
from tests.unit.sandbox.vpc_parts import refusal

CLUSTER_POLICY = "arn:aws:iam::aws:policy/AmazonEKSClusterPolicy"


def trust(*actions: str, **statement: Any) -> str:
    allowed = {"Effect": "Allow", "Principal": {"Service": "pods.eks.amazonaws.com"}, "Action": list(actions)}
    return json.dumps({"Version": "2012-10-17", "Statement": [{**allowed, **statement}]})


def policy(resources: int = 1) -> str:
    names = [f"arn:aws:s3:::bucket-{number}/*" for number in range(resources)]
    return json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": names}]}
    )


@pytest.fixture
def iam(client: ClientOf) -> Any:
    return client("iam")


@pytest.fixture
def role(iam: Any) -> str:
    iam.create_role(
        RoleName="role",
        Path="/eksgpu/us-west-2/demo/",
        AssumeRolePolicyDocument=trust("sts:AssumeRole", "sts:TagSession"),
        Tags=[{"Key": "Cluster", "Value": "demo"}],
    )
    return "role"


def test_a_role_keeps_path_tags_and_trust(iam: Any, role: str) -> None:
    shown = iam.get_role(RoleName=role)["Role"]
    assert shown["Arn"] == "arn:aws:iam::111122223333:role/eksgpu/us-west-2/demo/role"
    assert shown["Tags"] == [{"Key": "Cluster", "Value": "demo"}]
    iam.update_assume_role_policy(RoleName=role, PolicyDocument=trust("sts:AssumeRole"))
    changed = iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]
    assert changed["Statement"][0]["Action"] == ["sts:AssumeRole"]
    assert refusal(iam.update_assume_role_policy, RoleName="nobody", PolicyDocument=trust("sts:AssumeRole")) == (
        "NoSuchEntity",
        "The role with name nobody cannot be found.",
    )


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ("{", "This policy contains invalid Json"),
        ('{"Version": "2012-10-17"}', "This policy contains invalid Json"),
        (trust("sts:AssumeRole", Effect="allow"), "Syntax errors in policy."),
        (trust("sts:AssumeRole", Resource="*"), "Has prohibited field Resource."),
        (trust("s3:GetObject"), "AssumeRole policy may only specify STS AssumeRole actions."),
        (trust(), "AssumeRole policy may only specify STS AssumeRole actions."),
        (
            '{"Statement": {"Effect": "Allow", "Action": "sts:AssumeRole"}}',
            "Missing required field Principal",
        ),
    ],
)
def test_a_malformed_trust_policy_is_refused(iam: Any, document: str, message: str) -> None:
    wanted = {"RoleName": "r", "AssumeRolePolicyDocument": document}
    assert refusal(iam.create_role, **wanted) == ("MalformedPolicyDocument", message)


@pytest.mark.parametrize(
    ("member", "value", "limit"),
    [("RoleName", "x" * 65, 64), ("Path", "/" + "x" * 511 + "/", 512), ("Description", "x" * 1001, 1000)],
)
def test_lengths_over_aws_s_limits_are_refused(iam: Any, member: str, value: str, limit: int) -> None:
    wanted = {"RoleName": "r", "AssumeRolePolicyDocument": trust("sts:AssumeRole"), member: value}
    code, message = refusal(iam.create_role, **wanted)
    assert code == "ValidationError"
    assert f"Member must have length less than or equal to {limit}" in message


def test_characters_that_names_may_not_have_are_refused(iam: Any) -> None:
    code, message = refusal(iam.create_policy, PolicyName="a b", PolicyDocument=policy())
    assert (code, "regular expression pattern" in message) == ("ValidationError", True)


def test_sizes_of_documents(iam: Any, role: str) -> None:
    long_trust = trust("sts:AssumeRole", Principal={"Service": "x" * 2100})
    assert refusal(iam.update_assume_role_policy, RoleName=role, PolicyDocument=long_trust) == (
        "LimitExceeded",
        "Cannot exceed quota for ACLSizePerRole: 2048",
    )
    assert refusal(iam.create_policy, PolicyName="p", PolicyDocument=policy(400)) == (
        "LimitExceeded",
        "Cannot exceed quota for PolicySize: 6144",
    )
    spaced = json.dumps(json.loads(policy(100)), indent=40)
    iam.create_policy(PolicyName="spaced", PolicyDocument=spaced)
    iam.put_role_policy(RoleName=role, PolicyName="one", PolicyDocument=policy(200))
    wanted = {"RoleName": role, "PolicyName": "two", "PolicyDocument": policy(300)}
    assert refusal(iam.put_role_policy, **wanted)[0] == "LimitExceeded"


def test_a_policy_in_use_or_with_versions_stays(iam: Any, role: str) -> None:
    arn = iam.create_policy(PolicyName="p", PolicyDocument=policy())["Policy"]["Arn"]
    iam.attach_role_policy(RoleName=role, PolicyArn=arn)
    assert refusal(iam.delete_policy, PolicyArn=arn) == (
        "DeleteConflict",
        "Cannot delete a policy attached to entities.",
    )
    iam.detach_role_policy(RoleName=role, PolicyArn=arn)
    for _ in range(4):
        iam.create_policy_version(PolicyArn=arn, PolicyDocument=policy(), SetAsDefault=True)
    assert refusal(iam.create_policy_version, PolicyArn=arn, PolicyDocument=policy())[0] == "LimitExceeded"
    code, message = refusal(iam.delete_policy, PolicyArn=arn)
    assert (code, "more than one version" in message) == ("DeleteConflict", True)
    for version in ("v1", "v2", "v3", "v4"):
        iam.delete_policy_version(PolicyArn=arn, VersionId=version)
    iam.delete_policy(PolicyArn=arn)
    assert iam.list_policies(Scope="Local")["Policies"] == []


def test_aws_s_policies_are_there_when_named(iam: Any, role: str) -> None:
    csi = "arn:aws:iam::aws:policy/service-role/AmazonEBSCSIDriverPolicy"
    for arn in (CLUSTER_POLICY, csi):
        iam.attach_role_policy(RoleName=role, PolicyArn=arn)
    attached = iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]
    assert {one["PolicyArn"] for one in attached} == {CLUSTER_POLICY, csi}
    shown = iam.get_policy(PolicyArn=CLUSTER_POLICY)["Policy"]
    assert iam.get_policy_version(PolicyArn=CLUSTER_POLICY, VersionId=shown["DefaultVersionId"])["PolicyVersion"]
    for wrong in ("arn:aws:iam::aws:policy/AmazonEBSCSIDriverPolicy", "arn:aws:iam::aws:policy/Invented"):
        assert refusal(iam.attach_role_policy, RoleName=role, PolicyArn=wrong)[0] == "NoSuchEntity"
    assert refusal(iam.delete_role, RoleName=role) == (
        "DeleteConflict",
        "Cannot delete entity, must detach all policies first.",
    )


def test_a_role_takes_ten_policies(iam: Any, role: str, world: World) -> None:
    world.quotas.set("L-0DA4ABF3", 1)
    for _ in range(2):
        iam.attach_role_policy(RoleName=role, PolicyArn=CLUSTER_POLICY)
    wanted = {"RoleName": role, "PolicyArn": "arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy"}
    assert refusal(iam.attach_role_policy, **wanted) == (
        "LimitExceeded",
        "Cannot exceed quota for PoliciesPerRole: 1",
    )


def test_a_service_linked_role_is_made_once_and_stays(iam: Any) -> None:
    made = iam.create_service_linked_role(AWSServiceName="spot.amazonaws.com")["Role"]
    assert made["RoleName"] == "AWSServiceRoleForEC2Spot"
    assert refusal(iam.create_service_linked_role, AWSServiceName="spot.amazonaws.com") == (
        "InvalidInput",
        "Service role name AWSServiceRoleForEC2Spot has been taken in this account, please try a different suffix.",
    )
    assert refusal(iam.delete_role, RoleName="AWSServiceRoleForEC2Spot")[0] == "UnmodifiableEntity"


def test_an_issuer_is_registered_once(iam: Any, world: World) -> None:
    wanted = {
        "Url": "https://oidc.eks.us-west-2.amazonaws.com/id/ABC",
        "ClientIDList": ["sts.amazonaws.com"],
        "Tags": [{"Key": "Cluster", "Value": "demo"}],
    }
    arn = iam.create_open_id_connect_provider(**wanted)["OpenIDConnectProviderArn"]
    shown = iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn)
    assert (shown["Url"], shown["Tags"]) == ("oidc.eks.us-west-2.amazonaws.com/id/ABC", wanted["Tags"])
    assert refusal(iam.create_open_id_connect_provider, **wanted) == (
        "EntityAlreadyExists",
        "Provider with url https://oidc.eks.us-west-2.amazonaws.com/id/ABC already exists.",
    )
    world.quotas.set("L-858F3967", 1)
    other = {**wanted, "Url": "https://example.com/id"}
    assert refusal(iam.create_open_id_connect_provider, **other)[0] == "LimitExceeded"


def test_quotas_of_roles_and_policies(iam: Any, role: str, world: World) -> None:
    world.quotas.set("L-FE177D64", 1)
    world.quotas.set("L-E95E4862", 0)
    wanted = {"RoleName": "more", "AssumeRolePolicyDocument": trust("sts:AssumeRole")}
    assert refusal(iam.create_role, **wanted) == ("LimitExceeded", "Cannot exceed quota for RolesPerAccount: 1")
    assert refusal(iam.create_policy, PolicyName="p", PolicyDocument=policy())[0] == "LimitExceeded"

"""Who may enter a cluster, and which roles its pods get."""

from typing import Any

import pytest

from eksgpu.sandbox.world import World
from tests.unit.sandbox.eks.account import NO_SUCH_ROLE, EksAccount, refusal

CALLER = "arn:aws:iam::111122223333:user/sandbox"
POLICY = "arn:aws:eks::aws:cluster-access-policy/AmazonEKS{}Policy"
PODS = ("pods.eks.amazonaws.com", "sts:AssumeRole", "sts:TagSession")


def admit(account: EksAccount, arn: str, **params: Any) -> dict[str, Any]:
    made: dict[str, Any] = account.eks.create_access_entry(clusterName="demo", principalArn=arn, **params)[
        "accessEntry"
    ]
    return made


def associate(account: EksAccount, role: str, **params: Any) -> dict[str, Any]:
    request = {"clusterName": "demo", "namespace": "kube-system", "serviceAccount": "karpenter", "roleArn": role}
    made: dict[str, Any] = account.eks.create_pod_identity_association(**{**request, **params})["association"]
    return made


def test_the_creator_is_the_administrator(account: EksAccount) -> None:
    account.active_cluster()
    assert account.eks.list_access_entries(clusterName="demo")["accessEntries"] == [CALLER]
    policies = account.eks.list_associated_access_policies(clusterName="demo", principalArn=CALLER)
    assert [row["policyArn"] for row in policies["associatedAccessPolicies"]] == [POLICY.format("ClusterAdmin")]


def test_an_assumed_role_is_admitted_as_its_role(account: EksAccount, world: World) -> None:
    arn = account.role("ops", "ec2.amazonaws.com", path="/team/")
    world.caller_arn = "arn:aws:sts::111122223333:assumed-role/ops/someone"
    account.active_cluster()
    assert account.eks.list_access_entries(clusterName="demo")["accessEntries"] == [arn]


def test_the_creator_may_stay_outside(account: EksAccount) -> None:
    access = {"authenticationMode": "API", "bootstrapClusterCreatorAdminPermissions": False}
    account.active_cluster(accessConfig=access)
    assert account.eks.list_access_entries(clusterName="demo")["accessEntries"] == []


def test_an_entry_and_its_policies(account: EksAccount) -> None:
    account.active_cluster()
    role = account.role("dev", "ec2.amazonaws.com")
    entry = admit(account, role, kubernetesGroups=["devs"], tags={"a": "b"})
    assert entry["type"] == "STANDARD"
    assert entry["username"] == "arn:aws:sts::111122223333:assumed-role/dev/{{SessionName}}"
    on: dict[str, Any] = {"clusterName": "demo", "principalArn": role}
    scope = {"type": "namespace", "namespaces": ["ml"]}
    account.eks.associate_access_policy(**on, policyArn=POLICY.format("Edit"), accessScope=scope)
    listed = account.eks.list_associated_access_policies(**on)["associatedAccessPolicies"]
    assert [(row["policyArn"], row["accessScope"]) for row in listed] == [(POLICY.format("Edit"), scope)]
    account.eks.update_access_entry(**on, kubernetesGroups=["others"])
    assert account.eks.describe_access_entry(**on)["accessEntry"]["kubernetesGroups"] == ["others"]
    account.eks.disassociate_access_policy(**on, policyArn=POLICY.format("Edit"))
    assert account.eks.list_associated_access_policies(**on)["associatedAccessPolicies"] == []
    account.eks.delete_access_entry(**on)
    code, text = refusal(account.eks.describe_access_entry, **on)
    assert code == "ResourceNotFoundException"
    assert text.startswith("The specified principalArn could not be found.")


def test_node_entries_take_no_groups_and_no_policies(account: EksAccount) -> None:
    account.active_cluster()
    entry = admit(account, account.node_role, type="EC2_LINUX")
    assert entry["kubernetesGroups"] == ["system:nodes"]
    assert entry["username"] == "system:node:{{EC2PrivateDNSName}}"
    other = account.role("other", "ec2.amazonaws.com")
    assert (
        refusal(admit, account=account, arn=other, type="EC2_LINUX", kubernetesGroups=["x"])[0]
        == "InvalidParameterException"
    )
    code, _ = refusal(
        account.eks.associate_access_policy,
        clusterName="demo",
        principalArn=account.node_role,
        policyArn=POLICY.format("View"),
        accessScope={"type": "cluster"},
    )
    assert code == "InvalidRequestException"


@pytest.mark.parametrize(
    ("arn", "params", "message"),
    [
        (NO_SUCH_ROLE, {}, "The specified principalArn is invalid: invalid principal."),
        ("arn:aws:sts::111122223333:assumed-role/a/b", {}, "The principalArn parameter format is not valid"),
        (
            "arn:aws:iam::111122223333:role/aws-service-role/eks.amazonaws.com/AWSServiceRoleForAmazonEKS",
            {},
            "The caller is not allowed to modify access entries with a principalArn value of a Service Linked Role",
        ),
        ("arn:aws:iam::111122223333:root", {"type": "NOPE"}, "is not one of"),
        ("arn:aws:iam::111122223333:root", {"kubernetesGroups": ["system:masters"]}, "cannot start with system:"),
    ],
)
def test_entries_that_eks_refuses(account: EksAccount, arn: str, params: dict[str, Any], message: str) -> None:
    account.active_cluster()
    code, text = refusal(admit, account=account, arn=arn, **params)
    assert code == "InvalidParameterException"
    assert message in text


def test_a_new_role_is_an_invalid_principal_at_first(account: EksAccount, world: World) -> None:
    account.active_cluster()
    world.options["iam_visibility_seconds"] = 10
    role = account.role("late", "ec2.amazonaws.com")
    assert refusal(admit, account=account, arn=role)[1] == "The specified principalArn is invalid: invalid principal."
    account.clock.sleep(10)
    admit(account, role)
    code, text = refusal(admit, account=account, arn=role)
    assert code == "ResourceInUseException"
    assert text == "The specified access entry resource is already in use on this cluster."


def test_entries_need_the_api_mode(account: EksAccount) -> None:
    account.active_cluster(accessConfig={"authenticationMode": "CONFIG_MAP"})
    account.active_group()
    code, text = refusal(admit, account=account, arn=account.node_role)
    assert code == "InvalidRequestException"
    assert "must be set to one of [API, API_AND_CONFIG_MAP]" in text
    account.eks.update_cluster_config(name="demo", accessConfig={"authenticationMode": "API_AND_CONFIG_MAP"})
    account.clock.sleep(90)
    assert account.eks.list_access_entries(clusterName="demo")["accessEntries"] == [account.node_role]


def test_a_pod_identity_association(account: EksAccount) -> None:
    account.active_cluster()
    role, other = account.role("karpenter", *PODS), account.role("second", *PODS)
    made = associate(account, role, tags={"a": "b"})
    assert made["associationId"].startswith("a-")
    assert len(made["associationId"]) == 19
    code, text = refusal(associate, account=account, role=role)
    assert (code, text) == ("ResourceInUseException", f"Association already exists: {made['associationId']}")
    on = {"clusterName": "demo", "associationId": made["associationId"]}
    account.eks.update_pod_identity_association(**on, roleArn=other)
    assert account.eks.describe_pod_identity_association(**on)["association"]["roleArn"] == other
    listed = account.eks.list_pod_identity_associations(clusterName="demo", namespace="kube-system")["associations"]
    assert [row["associationId"] for row in listed] == [made["associationId"]]
    assert account.eks.list_pod_identity_associations(clusterName="demo", namespace="other")["associations"] == []
    account.eks.delete_pod_identity_association(**on)
    assert refusal(account.eks.describe_pod_identity_association, **on)[0] == "ResourceNotFoundException"


def test_the_role_of_an_association_must_let_pods_in(account: EksAccount) -> None:
    account.active_cluster()
    without_tags = account.role("plain", "pods.eks.amazonaws.com", "sts:AssumeRole")
    assert refusal(associate, account=account, role=NO_SUCH_ROLE)[1] == "Role provided in the request does not exist."
    assert refusal(associate, account=account, role=without_tags)[1].startswith(
        "Trust policy of the role provided is invalid."
    )


def test_the_same_association_sent_again(account: EksAccount) -> None:
    account.active_cluster()
    role = account.role("karpenter", *PODS)
    first = associate(account, role, clientRequestToken="once")
    assert associate(account, role, clientRequestToken="once")["associationId"] == first["associationId"]

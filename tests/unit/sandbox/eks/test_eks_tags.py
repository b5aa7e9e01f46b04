"""Tags of EKS's objects, through its own API and through the tagging API."""

from typing import Any

from tests.unit.sandbox.eks.account import EksAccount, refusal

TAGS = {"eksgpu.dev/cluster": "demo"}


def everything(account: EksAccount) -> dict[str, str]:
    """One object of each kind, tagged at its creation: kind to ARN."""
    arns = {"cluster": account.active_cluster(tags=TAGS)["arn"]}
    arns["nodegroup"] = account.active_group(tags=TAGS)["nodegroupArn"]
    on = {"clusterName": "demo", "tags": TAGS}
    arns["addon"] = account.eks.create_addon(addonName="kube-proxy", **on)["addon"]["addonArn"]
    user = account.iam.create_user(UserName="dev")["User"]["Arn"]
    arns["access-entry"] = account.eks.create_access_entry(principalArn=user, **on)["accessEntry"]["accessEntryArn"]
    role = account.role("pods", "pods.eks.amazonaws.com", "sts:AssumeRole", "sts:TagSession")
    made = account.eks.create_pod_identity_association(namespace="a", serviceAccount="b", roleArn=role, **on)
    arns["podidentityassociation"] = made["association"]["associationArn"]
    return arns


def test_every_kind_is_tagged_at_creation_and_later(account: EksAccount) -> None:
    for kind, arn in everything(account).items():
        assert arn.split(":", 5)[5].startswith(f"{kind}/")
        assert account.eks.list_tags_for_resource(resourceArn=arn)["tags"] == TAGS
        account.eks.tag_resource(resourceArn=arn, tags={"a": "b"})
        account.eks.untag_resource(resourceArn=arn, tagKeys=list(TAGS))
        assert account.eks.list_tags_for_resource(resourceArn=arn)["tags"] == {"a": "b"}
    assert account.cluster()["tags"] == {"a": "b"}


def test_the_tagging_api_finds_them_all(account: EksAccount, client: Any) -> None:
    arns = everything(account)
    found = client("resourcegroupstaggingapi").get_resources(
        TagFilters=[{"Key": "eksgpu.dev/cluster", "Values": ["demo"]}], ResourceTypeFilters=["eks"]
    )["ResourceTagMappingList"]
    assert {row["ResourceARN"] for row in found} == set(arns.values())


def test_tags_that_are_refused(account: EksAccount) -> None:
    arn = account.active_cluster()["arn"]
    missing = arn + "x"
    assert refusal(account.eks.list_tags_for_resource, resourceArn=missing)[0] == "NotFoundException"
    assert refusal(account.eks.tag_resource, resourceArn=arn, tags={"aws:x": "y"})[0] == "BadRequestException"

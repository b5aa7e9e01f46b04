"""A cluster's whole life through the real verbs: an empty account, a cluster, and the account as it was before."""

from pathlib import Path
from typing import Any

from tests.support.account import Account, changed
from tests.support.inventory import inventory


def test_from_an_empty_account_and_back_twice(tmp_path: Path) -> None:
    account = Account(tmp_path)
    before = inventory(account)
    made = account.apply()
    assert made.outputs["cluster_name"] == "demo"
    assert account.plan().plan.summary() == {
        "create": 0, "update": 0, "replace": 0, "delete": 0, "noOp": len(made.planned.plan.changes),
    }  # fmt: skip
    report = account.destroy()
    assert report.left == ()
    assert [scheduled.kind for scheduled in report.scheduled] == ["kms_key"]
    assert report.scheduled[0].deletes_at[:10] == "2026-12-22"  # 30 days, which is the spec's default
    assert inventory(account) == before

    account.apply()  # while the old key waits for its deletion
    assert account.plan().plan.empty
    again = account.destroy()
    assert again.left == ()
    assert {key.id for key in report.scheduled} < {key.id for key in again.scheduled}
    assert inventory(account) == before


def test_the_role_for_spot_is_made_once_and_stays(tmp_path: Path) -> None:
    account = Account(tmp_path)
    account.group["capacity"] = "spot"
    assert "create service_linked_role/spot" in changed(account.apply())
    assert account.destroy().left == ()
    assert "create service_linked_role/spot" not in changed(account.plan())


def test_what_is_not_ours_stays_as_it_is(tmp_path: Path) -> None:
    account = Account(tmp_path)
    ec2, iam, sqs = account.boto("ec2"), account.boto("iam"), account.boto("sqs")
    account.role("demo-team", Tags=[{"Key": "eksgpu.dev/cluster", "Value": "demo"}])
    url = sqs.create_queue(QueueName="demo-other", tags={"eksgpu.dev/cluster": "demo"})["QueueUrl"]
    # Look-alikes: another cluster's object, and one that somebody gave our tag but that has no name of ours.
    for tags in ({"eksgpu.dev/cluster": "other", "eksgpu.dev/name": "main"}, {"eksgpu.dev/cluster": "demo"}):
        specification = {"ResourceType": "vpc", "Tags": [{"Key": key, "Value": tags[key]} for key in tags]}
        made = ec2.create_vpc(CidrBlock="10.9.0.0/16", TagSpecifications=[specification])["Vpc"]
        ec2.create_subnet(VpcId=made["VpcId"], CidrBlock="10.9.0.0/20")
    vpcs = [vpc["VpcId"] for vpc in ec2.describe_vpcs()["Vpcs"]]
    inside = [{"Name": "vpc-id", "Values": vpcs}]

    def seen() -> list[Any]:
        return [
            ec2.describe_vpcs(VpcIds=vpcs)["Vpcs"],
            ec2.describe_subnets(Filters=inside)["Subnets"],
            ec2.describe_security_groups(Filters=inside)["SecurityGroups"],
            iam.get_role(RoleName="demo-team")["Role"],
            sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"],
        ]

    before = seen()
    account.apply()
    assert seen() == before
    assert account.destroy().left == ()
    assert seen() == before

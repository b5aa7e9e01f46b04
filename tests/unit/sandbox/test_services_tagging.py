"""GetResources over the services that moto keeps: what it sees, what it does not, and its filters."""

import json
from collections.abc import Iterable
from typing import Any

import pytest

from eksgpu.sandbox.services.tagging import PROVIDERS, resource_type, tagged_resources
from eksgpu.sandbox.world import World
from tests.unit.sandbox.conftest import ClientOf

MARK = {"eksgpu.dev/cluster": "demo"}
PAIRS = [{"Key": key, "Value": value} for key, value in MARK.items()]
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}],
    }
)
POLICY = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"}]}
)


def found(client: ClientOf, region: str = "us-west-2", **params: Any) -> list[str]:
    pages = client("resourcegroupstaggingapi", region).get_paginator("get_resources").paginate(**params)
    return [row["ResourceARN"] for page in pages for row in page["ResourceTagMappingList"]]


def tagged(kind: str) -> list[dict[str, Any]]:
    return [{"ResourceType": kind, "Tags": PAIRS}]


def test_an_empty_account_has_no_tagged_objects(client: ClientOf) -> None:
    assert found(client) == []


def test_network_objects_are_seen_until_they_are_gone(client: ClientOf) -> None:
    ec2 = client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16", TagSpecifications=tagged("vpc"))["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24", TagSpecifications=tagged("subnet"))["Subnet"]
    address = ec2.allocate_address(Domain="vpc", TagSpecifications=tagged("elastic-ip"))["AllocationId"]
    ec2.create_internet_gateway()
    assert {arn.rsplit(":", 1)[1] for arn in found(client)} == {
        f"vpc/{vpc}",
        f"subnet/{subnet['SubnetId']}",
        f"elastic-ip/{address}",
    }
    ec2.delete_subnet(SubnetId=subnet["SubnetId"])
    ec2.release_address(AllocationId=address)
    assert found(client) == [f"arn:aws:ec2:us-west-2:111122223333:vpc/{vpc}"]


def test_keys_queues_groups_and_rules_are_seen(client: ClientOf) -> None:
    client("kms").create_key(Tags=[{"TagKey": key, "TagValue": value} for key, value in MARK.items()])
    client("sqs").create_queue(QueueName="q", tags=MARK)
    client("logs").create_log_group(logGroupName="/aws/eks/demo/cluster", tags=MARK)
    client("events").put_rule(Name="r", EventPattern='{"source": ["aws.ec2"]}', Tags=PAIRS)
    client("ssm").put_parameter(Name="/eksgpu/lock", Value="1", Type="String", Tags=PAIRS)
    kinds = {resource_type(arn) for arn in found(client)}
    assert kinds == {"kms:key", "sqs:queue", "logs:log-group", "events:rule", "ssm:parameter"}
    assert "arn:aws:logs:us-west-2:111122223333:log-group:/aws/eks/demo/cluster" in found(client)
    assert found(client, "us-east-1") == []


def test_iam_policies_are_seen_in_us_east_1_alone_and_roles_never(client: ClientOf) -> None:
    iam = client("iam")
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=TRUST, Tags=PAIRS)
    policy = iam.create_policy(PolicyName="p", PolicyDocument=POLICY, Tags=PAIRS)["Policy"]["Arn"]
    provider = iam.create_open_id_connect_provider(
        Url="https://oidc.eks.us-west-2.amazonaws.com/id/A", ClientIDList=["sts.amazonaws.com"], Tags=PAIRS
    )["OpenIDConnectProviderArn"]
    assert found(client, "us-east-1") == sorted([policy, provider])
    assert found(client) == []


def test_filters_and_pages(client: ClientOf) -> None:
    sqs = client("sqs")
    for number in range(7):
        sqs.create_queue(QueueName=f"q{number}", tags={"team": "a" if number < 3 else "b", "n": str(number)})
    client("events").put_rule(Name="r", EventPattern='{"source": ["aws.ec2"]}', Tags=[{"Key": "team", "Value": "a"}])
    team_a = [{"Key": "team", "Values": ["a"]}]
    assert len(found(client, TagFilters=team_a)) == 4
    assert len(found(client, TagFilters=team_a, ResourceTypeFilters=["sqs"])) == 3
    assert found(client, TagFilters=[*team_a, {"Key": "n"}], ResourceTypeFilters=["events:rule"]) == []
    assert len(found(client, ResourcesPerPage=3)) == 8
    one = found(client)[0]
    assert found(client, ResourceARNList=[one]) == [one]


def test_other_modules_add_their_objects(client: ClientOf, monkeypatch: pytest.MonkeyPatch) -> None:
    def teapots(world: World, region: str) -> Iterable[tuple[str, dict[str, str]]]:
        yield f"arn:aws:teapot:{region}:{world.account}:pot/1", {"brew": "green"}
        yield f"arn:aws:teapot:{region}:{world.account}:pot/2", {}

    monkeypatch.setitem(PROVIDERS, "teapot", teapots)
    assert found(client, ResourceTypeFilters=["teapot:pot"]) == ["arn:aws:teapot:us-west-2:111122223333:pot/1"]
    with pytest.raises(ValueError, match="teapot has two providers"):
        tagged_resources("teapot")(teapots)

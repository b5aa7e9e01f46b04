"""The comparison of an account before and after sees whatever somebody leaves behind or changes, wherever it is."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from eksgpu.sandbox import foreign
from eksgpu.sandbox.clusters.control_planes import ControlPlanes
from tests.support import wire
from tests.support.account import Account
from tests.support.everything_there import account_objects, cluster_objects

NAME = "theirs"
TAG = {"eksgpu.dev/cluster": "demo"}


class Theirs:
    """An account with somebody's cluster."""

    def __init__(self, folder: Path) -> None:
        self.account = Account(folder)
        world = self.account.world
        foreign.make(world, NAME, "us-west-2", wire.session(world))
        api = world.state(ControlPlanes, "us-west-2").api(NAME)
        assert api is not None
        self.client = api.client("somebody")

    def aws(self, service: str) -> Any:
        return self.account.boto(service)

    @property
    def seen(self) -> tuple[dict[str, Any], dict[str, Any]]:
        return account_objects(self.account), cluster_objects(self.account, NAME)


def _subnet_tag(theirs: Theirs) -> None:
    ec2 = theirs.aws("ec2")
    subnet = ec2.describe_subnets()["Subnets"][0]["SubnetId"]
    ec2.create_tags(Resources=[subnet], Tags=[{"Key": "karpenter.sh/discovery", "Value": "demo"}])


def _cluster_tag(theirs: Theirs) -> None:
    eks = theirs.aws("eks")
    eks.tag_resource(resourceArn=eks.describe_cluster(name=NAME)["cluster"]["arn"], tags=TAG)


def _role_policy(theirs: Theirs) -> None:
    iam = theirs.aws("iam")
    role = next(one["RoleName"] for one in iam.list_roles()["Roles"] if "aws-service-role" not in one["Path"])
    allowed = {"Effect": "Allow", "Action": "ec2:DescribeVpcs", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    iam.put_role_policy(RoleName=role, PolicyName="left", PolicyDocument=document)


def _queue(theirs: Theirs) -> None:
    sqs = theirs.aws("sqs")
    url = next(iter(sqs.list_queues().get("QueueUrls", [])), None) or sqs.create_queue(QueueName="left")["QueueUrl"]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"MessageRetentionPeriod": "77"})


def _label(theirs: Theirs) -> None:
    node = theirs.client.list("v1", "Node")[0][0]["metadata"]["name"]
    theirs.client.patch("v1", "Node", node, {"metadata": {"labels": {"nvidia.com/gpu.present": "true"}}})


def _annotation(theirs: Theirs) -> None:
    patch = {"metadata": {"annotations": {"a": "b"}}}
    theirs.client.patch("karpenter.sh/v1", "NodePool", "default", patch)


LEFT: dict[str, tuple[int, Callable[[Theirs], None]]] = {
    "a tag on a subnet": (0, _subnet_tag),
    "a tag on the cluster": (0, _cluster_tag),
    "a policy in a role": (0, _role_policy),
    "a queue's attribute": (0, _queue),
    "a parameter": (0, lambda theirs: theirs.aws("ssm").put_parameter(Name="/eksgpu/lock", Value="x", Type="String")),
    "a label on a node": (1, _label),
    "an annotation on a pool": (1, _annotation),
}


@pytest.mark.sweep
def test_whatever_is_left_is_seen_on_its_own_side(tmp_path: Path) -> None:
    theirs = Theirs(tmp_path)
    before, seen = theirs.seen, {}
    for left, (_, leave) in LEFT.items():
        leave(theirs)
        after = theirs.seen
        seen[left] = [side for side in (0, 1) if after[side] != before[side]]
        before = after
    assert seen == {left: [side] for left, (side, _) in LEFT.items()}

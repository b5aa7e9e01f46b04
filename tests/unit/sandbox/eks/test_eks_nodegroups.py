"""Node groups: what is refused, how they come up or fail, what they make and take away."""

from typing import Any

import pytest

from eksgpu.sandbox.eks.nodes import nodes
from eksgpu.sandbox.world import World
from tests.unit.sandbox.eks.account import NO_SUCH_ROLE, EksAccount, refusal


def test_nodes_join_once_there_is_a_pod_network(account: EksAccount, world: World) -> None:
    account.active_cluster()
    account.eks.create_nodegroup(**account.group_request())
    account.clock.sleep(300)
    assert account.group()["status"] == "CREATING"
    assert [node.ready for node in nodes(world, "us-west-2", "demo")] == [False, False]
    account.eks.create_addon(clusterName="demo", addonName="vpc-cni")
    account.clock.sleep(60)
    assert account.group()["status"] == "ACTIVE"
    found = nodes(world, "us-west-2", "demo")
    assert [node.ready for node in found] == [True, True]
    assert {node.zone for node in found} == {"us-west-2a", "us-west-2b"}
    assert found[0].labels["eks.amazonaws.com/nodegroup"] == "system"


def test_without_a_pod_network_the_group_fails_after_fifteen_minutes(account: EksAccount) -> None:
    account.active_cluster()
    account.eks.create_nodegroup(**account.group_request())
    account.clock.sleep(900)
    group = account.group()
    assert group["status"] == "CREATE_FAILED"
    assert group["health"]["issues"][0]["code"] == "NodeCreationFailure"
    assert len(group["health"]["issues"][0]["resourceIds"]) == 2


def test_the_network_that_eks_puts_in_itself_will_do(account: EksAccount) -> None:
    account.active_cluster(bootstrapSelfManagedAddons=True)
    account.eks.create_nodegroup(**account.group_request())
    account.clock.sleep(110)
    assert account.group()["status"] == "ACTIVE"


def test_what_a_group_makes_goes_with_it(account: EksAccount, client: Any) -> None:
    account.active_cluster()
    group = account.active_group(labels={"a": "b"}, tags={"team": "x"})
    asg = client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"][0]
    assert group["resources"]["autoScalingGroups"] == [{"name": asg["AutoScalingGroupName"]}]
    assert asg["AutoScalingGroupName"].startswith("eks-system-")
    assert len(asg["Instances"]) == 2
    entry = account.eks.describe_access_entry(clusterName="demo", principalArn=account.node_role)["accessEntry"]
    assert entry["type"] == "EC2_LINUX"
    copies = account.ec2.describe_launch_templates()["LaunchTemplates"]
    assert copies[0]["LaunchTemplateName"].startswith("eks-")
    assert refusal(account.iam.delete_role, RoleName="node")[0] == "DeleteConflict"
    account.eks.delete_nodegroup(clusterName="demo", nodegroupName="system")
    account.clock.sleep(379)
    assert account.group()["status"] == "DELETING"
    account.clock.sleep(1)
    assert account.eks.list_nodegroups(clusterName="demo")["nodegroups"] == []
    assert account.interfaces() == ["Amazon EKS demo"] * 3
    assert account.ec2.describe_launch_templates()["LaunchTemplates"] == []
    assert client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"] == []
    account.iam.delete_role(RoleName="node")


def test_instances_carry_the_tags_of_eks(account: EksAccount) -> None:
    account.active_cluster()
    account.active_group()
    reservations = account.ec2.describe_instances(Filters=[{"Name": "tag:eks:nodegroup-name", "Values": ["system"]}])
    instances = [instance for row in reservations["Reservations"] for instance in row["Instances"]]
    assert len(instances) == 2
    assert {"Key": "kubernetes.io/cluster/demo", "Value": "owned"} in instances[0]["Tags"]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"nodegroupName": "x" * 64}, "1 to 63 letters"),
        ({"nodeRole": NO_SUCH_ROLE}, "The role with name nobody cannot be found"),
        ({"subnets": ["subnet-0"]}, "does not exist"),
        ({"scalingConfig": {"minSize": 3, "maxSize": 4, "desiredSize": 2}}, "can't be greater than desired size 2"),
        ({"scalingConfig": {"minSize": 0, "maxSize": 1, "desiredSize": 2}}, "can't be greater than max size 1"),
        ({"labels": {"kubernetes.io/role": "x"}}, "Label cannot contain reserved prefixes"),
        ({"labels": {"a" * 64: "x"}}, "1 to 63 characters"),
        ({"taints": [{"key": "a" * 64, "effect": "NO_SCHEDULE"}]}, "Taint needs an effect"),
        ({"instanceTypes": ["m5.huge"]}, "The following supplied instance types do not exist: [m5.huge]"),
        ({"amiType": "AL2023_ARM_64_STANDARD"}, "[m5.large] is not a valid instance type for requested amiType"),
        ({"amiType": "AL2_x86_64"}, "is only supported for kubernetes versions 1.32 or earlier"),
        ({"version": "1.36"}, "newer than the cluster's"),
        ({"releaseVersion": "1.35.0-20200101"}, "is not valid for kubernetes version 1.35"),
        ({"amiType": "CUSTOM"}, "needs a launch template"),
    ],
)
def test_requests_that_eks_refuses(account: EksAccount, changed: dict[str, Any], message: str) -> None:
    account.active_cluster()
    code, text = refusal(account.eks.create_nodegroup, **account.group_request(**changed))
    assert code == "InvalidParameterException"
    assert message in text


def test_the_node_role_must_trust_ec2(account: EksAccount) -> None:
    account.active_cluster()
    _, text = refusal(account.eks.create_nodegroup, **account.group_request(nodeRole=account.cluster_role))
    assert text == (
        "Following required service principals [ec2.amazonaws.com] were not found in the trust relationships of "
        f"nodeRole {account.cluster_role}"
    )


def test_a_group_needs_an_active_cluster_and_a_free_name(account: EksAccount) -> None:
    account.eks.create_cluster(**account.request())
    expected = ("InvalidRequestException", "Cluster 'demo' is not in ACTIVE status")
    assert refusal(account.eks.create_nodegroup, **account.group_request()) == expected
    account.clock.sleep(600)
    request = account.group_request(clientRequestToken="once")
    first = account.eks.create_nodegroup(**request)["nodegroup"]
    assert account.eks.create_nodegroup(**request)["nodegroup"]["nodegroupArn"] == first["nodegroupArn"]
    expected = ("ResourceInUseException", "NodeGroup already exists with name system and cluster name demo")
    assert refusal(account.eks.create_nodegroup, **account.group_request()) == expected
    missing = refusal(account.eks.describe_nodegroup, clusterName="demo", nodegroupName="other")
    assert missing == ("ResourceNotFoundException", "No node group found for name: other.")


def test_spot_needs_the_service_linked_role(account: EksAccount) -> None:
    account.active_cluster()
    account.active_group(nodegroupName="first", capacityType="SPOT")
    account.clock.sleep(300)
    group = account.group("first")
    assert group["status"] == "CREATE_FAILED"
    issue = group["health"]["issues"][0]
    assert issue["code"] == "AsgInstanceLaunchFailures"
    assert issue["message"].startswith(
        "Could not launch Spot Instances. AuthFailure.ServiceLinkedRoleCreationNotPermitted - "
    )
    account.iam.create_service_linked_role(AWSServiceName="spot.amazonaws.com")
    assert account.active_group(nodegroupName="second", capacityType="SPOT")["status"] == "ACTIVE"


def test_a_quota_of_zero(account: EksAccount, world: World) -> None:
    world.quotas.set("L-1216C47A", 1)
    account.active_cluster()
    account.active_group()
    account.clock.sleep(300)
    group = account.group()
    assert group["status"] == "CREATE_FAILED"
    message = group["health"]["issues"][0]["message"]
    assert "VcpuLimitExceeded - You have requested more vCPU capacity" in message
    name = group["resources"]["autoScalingGroups"][0]["name"]
    activities = account.client("autoscaling").describe_scaling_activities(AutoScalingGroupName=name)["Activities"]
    assert [(row["StatusCode"], row["StatusMessage"]) for row in activities] == [("Failed", message)]


def test_no_capacity_in_a_zone_moves_the_nodes_and_none_at_all_fails(account: EksAccount, world: World) -> None:
    world.options["no_capacity"] = ["on-demand/m5.large/us-west-2a"]
    account.active_cluster()
    assert account.active_group()["status"] == "ACTIVE"
    assert {node.zone for node in nodes(world, "us-west-2", "demo")} == {"us-west-2b", "us-west-2c"}
    world.options["no_capacity"] = ["*/m5.*/*"]
    account.active_group(nodegroupName="none")
    account.clock.sleep(300)
    issue = account.group("none")["health"]["issues"][0]
    assert "InsufficientInstanceCapacity - We currently do not have sufficient m5.large capacity" in issue["message"]


def test_a_group_told_to_fail(account: EksAccount, world: World) -> None:
    world.options["eks_failures"] = ["nodegroup/sys*"]
    account.active_cluster()
    assert account.active_group()["status"] == "CREATE_FAILED"
    account.eks.delete_nodegroup(clusterName="demo", nodegroupName="system")
    account.clock.sleep(400)
    assert account.interfaces() == ["Amazon EKS demo"] * 3


def test_image_types_follow_the_instance_type(account: EksAccount) -> None:
    account.active_cluster()
    for name, instance_type, image in (
        ("arm", "m7g.large", "AL2023_ARM_64_STANDARD"),
        ("gpu", "g5.xlarge", "AL2023_x86_64_NVIDIA"),
        ("cpu", "m5.large", "AL2023_x86_64_STANDARD"),
    ):
        scaling = {"minSize": 0, "maxSize": 1, "desiredSize": 0}
        group = account.active_group(nodegroupName=name, instanceTypes=[instance_type], scalingConfig=scaling)
        assert (group["amiType"], group["status"]) == (image, "ACTIVE")

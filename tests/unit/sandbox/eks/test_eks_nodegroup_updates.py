"""Changing node groups in place, replacing their nodes, and launch templates."""

from typing import Any

import pytest

from eksgpu.sandbox.eks.nodes import nodes
from eksgpu.sandbox.world import World
from tests.unit.sandbox.eks.account import EksAccount, refusal


def instances(world: World) -> set[str]:
    return {node.instance_id for node in nodes(world, "us-west-2", "demo")}


def template(account: EksAccount, name: str = "mine", **data: Any) -> str:
    made = account.ec2.create_launch_template(
        LaunchTemplateName=name, LaunchTemplateData=data or {"EbsOptimized": True}
    )
    return str(made["LaunchTemplate"]["LaunchTemplateId"])


def test_scaling_labels_and_taints(account: EksAccount, world: World) -> None:
    account.active_cluster()
    account.active_group(labels={"old": "1"}, taints=[{"key": "a", "value": "b", "effect": "NO_SCHEDULE"}])
    before = instances(world)
    update = account.eks.update_nodegroup_config(
        clusterName="demo",
        nodegroupName="system",
        scalingConfig={"minSize": 1, "maxSize": 5, "desiredSize": 3},
        labels={"addOrUpdateLabels": {"new": "2"}, "removeLabels": ["old"]},
        taints={"removeTaints": [{"key": "a", "value": "b", "effect": "NO_SCHEDULE"}]},
    )["update"]
    assert update["type"] == "ConfigUpdate"
    assert account.group()["status"] == "UPDATING"
    code, text = refusal(
        account.eks.update_nodegroup_config,
        clusterName="demo",
        nodegroupName="system",
        updateConfig={"maxUnavailable": 2},
    )
    assert code == "ResourceInUseException"
    assert text == "Nodegroup cannot be updated as it is currently not in Active State"
    account.clock.sleep(60)
    group = account.group()
    assert group["status"] == "ACTIVE"
    assert group["labels"] == {"new": "2"}
    assert group["taints"] == []
    assert group["scalingConfig"] == {"minSize": 1, "maxSize": 5, "desiredSize": 3}
    assert before < instances(world)
    assert all(node.ready for node in nodes(world, "us-west-2", "demo"))
    listed = account.eks.list_updates(name="demo", nodegroupName="system")["updateIds"]
    assert listed == [update["id"]]
    assert account.eks.list_updates(name="demo")["updateIds"] == []


def test_how_many_nodes_may_be_away_at_once(account: EksAccount) -> None:
    account.active_cluster()
    assert account.active_group()["updateConfig"] == {"maxUnavailable": 1}
    on = {"clusterName": "demo", "nodegroupName": "system"}
    both = {"maxUnavailable": 1, "maxUnavailablePercentage": 50}
    assert refusal(account.eks.update_nodegroup_config, **on, updateConfig=both)[0] == "InvalidParameterException"
    account.eks.update_nodegroup_config(**on, updateConfig={"maxUnavailablePercentage": 50})
    assert account.group()["updateConfig"] == {"maxUnavailablePercentage": 50}


def test_scaling_in_ends_instances(account: EksAccount, world: World) -> None:
    account.active_cluster()
    account.active_group()
    account.eks.update_nodegroup_config(
        clusterName="demo", nodegroupName="system", scalingConfig={"minSize": 0, "desiredSize": 0}
    )
    assert instances(world) == set()
    assert account.interfaces() == ["Amazon EKS demo"] * 3


def test_scaling_out_without_capacity_degrades_the_group(account: EksAccount, world: World) -> None:
    account.active_cluster()
    account.active_group()
    world.options["no_capacity"] = ["*"]
    scaling = {"minSize": 2, "maxSize": 4, "desiredSize": 3}
    account.eks.update_nodegroup_config(clusterName="demo", nodegroupName="system", scalingConfig=scaling)
    account.clock.sleep(60)
    group = account.group()
    assert group["status"] == "DEGRADED"
    assert group["health"]["issues"][0]["code"] == "AsgInstanceLaunchFailures"


def test_a_version_update_replaces_the_nodes(account: EksAccount, world: World) -> None:
    account.active_cluster(version="1.34")
    account.active_group()
    before = instances(world)
    update: dict[str, Any] = {"clusterName": "demo", "nodegroupName": "system", "version": "1.35"}
    _, text = refusal(account.eks.update_nodegroup_version, **update)
    assert "newer than the cluster's" in text
    account.eks.update_cluster_version(name="demo", version="1.35")
    account.clock.sleep(560)
    account.eks.update_nodegroup_version(**update)
    account.clock.sleep(899)
    assert account.group()["version"] == "1.34"
    account.clock.sleep(1)
    group = account.group()
    assert (group["status"], group["version"], group["releaseVersion"]) == ("ACTIVE", "1.35", "1.35.6-20261109")
    assert len(instances(world)) == 2
    assert not instances(world) & before
    _, text = refusal(account.eks.update_nodegroup_version, **update | {"version": "1.34"})
    assert "cannot go back" in text


def test_an_older_release_may_be_asked_for(account: EksAccount) -> None:
    account.active_cluster()
    assert account.active_group(releaseVersion="1.35.6-20260724")["releaseVersion"] == "1.35.6-20260724"
    account.eks.update_nodegroup_version(clusterName="demo", nodegroupName="system", releaseVersion="1.35.6-20261109")
    account.clock.sleep(900)
    assert account.group()["releaseVersion"] == "1.35.6-20261109"


def test_a_group_runs_from_a_copy_of_its_template(account: EksAccount, world: World) -> None:
    account.active_cluster()
    mine = template(account, InstanceType="m5.xlarge")
    group = account.active_group(launchTemplate={"name": "mine"}, instanceTypes=[])
    assert group["launchTemplate"] == {"id": mine, "name": "mine", "version": "1"}
    assert "diskSize" not in group
    assert "instanceTypes" not in group
    assert nodes(world, "us-west-2", "demo")[0].instance_type == "m5.xlarge"
    names = {row["LaunchTemplateName"] for row in account.ec2.describe_launch_templates()["LaunchTemplates"]}
    assert len(names) == 2
    account.ec2.create_launch_template_version(LaunchTemplateId=mine, LaunchTemplateData={"InstanceType": "m5.2xlarge"})
    account.eks.update_nodegroup_version(
        clusterName="demo", nodegroupName="system", launchTemplate={"id": mine, "version": "2"}
    )
    account.clock.sleep(900)
    assert account.group()["launchTemplate"]["version"] == "2"
    assert nodes(world, "us-west-2", "demo")[0].instance_type == "m5.2xlarge"


def test_a_group_keeps_its_template_for_life(account: EksAccount) -> None:
    account.active_cluster()
    mine, other = template(account), template(account, "other")
    account.active_group(launchTemplate={"id": mine})
    account.active_group(nodegroupName="plain")
    for name in ("system", "plain"):
        code, _ = refusal(
            account.eks.update_nodegroup_version, clusterName="demo", nodegroupName=name, launchTemplate={"id": other}
        )
        assert code == "InvalidRequestException"


def test_own_security_groups_replace_the_clusters(account: EksAccount) -> None:
    cluster = account.active_cluster()
    own = account.ec2.create_security_group(GroupName="own", Description="own", VpcId=account.vpc)["GroupId"]
    template(account, SecurityGroupIds=[own])
    account.active_group(launchTemplate={"name": "mine"})
    account.active_group(nodegroupName="plain")
    reservations = account.ec2.describe_instances()["Reservations"]
    groups = {group["GroupId"] for row in reservations for one in row["Instances"] for group in one["SecurityGroups"]}
    assert groups == {own, cluster["resourcesVpcConfig"]["clusterSecurityGroupId"]}


@pytest.mark.parametrize(
    ("data", "changed", "message"),
    [
        ({"NetworkInterfaces": [{"DeviceIndex": 0, "SubnetId": "subnet-1"}]}, {}, "should not specify a subnet"),
        ({"IamInstanceProfile": {"Name": "x"}}, {}, "should not specify an instance profile"),
        ({"InstanceType": "m5.large"}, {}, "not in both"),
        ({"EbsOptimized": True}, {"diskSize": 50}, "Disk size must be specified within the launch template."),
        ({"ImageId": "ami-12345678"}, {"amiType": "AL2023_x86_64_STANDARD"}, "cannot be specified: amiType"),
        ({"ImageId": "ami-12345678"}, {"version": "1.35"}, "cannot be specified: version"),
    ],
)
def test_templates_that_eks_refuses(
    account: EksAccount, data: dict[str, Any], changed: dict[str, Any], message: str
) -> None:
    account.active_cluster()
    request = account.group_request(launchTemplate={"id": template(account, **data)}, **changed)
    code, text = refusal(account.eks.create_nodegroup, **request)
    assert code in ("InvalidParameterException", "InvalidRequestException")
    assert message in text


def test_an_image_in_the_template_makes_the_group_custom(account: EksAccount) -> None:
    account.active_cluster()
    group = account.active_group(launchTemplate={"id": template(account, ImageId="ami-12345678")})
    assert (group["amiType"], group["releaseVersion"]) == ("CUSTOM", "ami-12345678")


def test_a_template_that_is_not_there(account: EksAccount) -> None:
    account.active_cluster()
    mine = template(account)
    for asked in ({"name": "nope"}, {"id": mine, "version": "7"}):
        assert (
            refusal(account.eks.create_nodegroup, **account.group_request(launchTemplate=asked))[0]
            == "InvalidRequestException"
        )

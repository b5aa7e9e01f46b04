"""Karpenter's side of a sandbox account: what classes select, instances with Karpenter's tags, capacity and quotas."""

import base64

import pytest

from eksgpu.sandbox.controllers.cloud import NoCapacity

from .account import CLASS, Account


@pytest.fixture(scope="module")
def account() -> Account:
    return Account()


def test_machines_are_the_nodes_of_the_groups(account: Account) -> None:
    machines = account.cloud.machines()
    assert [(machine.instance_type, machine.ready, machine.os) for machine in machines] == [
        ("m5.large", True, "al2023")
    ] * 2
    assert machines[0].labels["eks.amazonaws.com/nodegroup"] == "system"
    assert account.cloud.network_ready


def test_classes_select_by_tags(account: Account) -> None:
    assert [subnet.zone for subnet in account.cloud.subnets(CLASS)] == ["us-west-2a", "us-west-2b"]
    assert account.cloud.groups(CLASS) == [account.group]


def test_the_market_knows_where_p5_is_and_what_it_costs(account: Account) -> None:
    market = account.cloud.market()
    assert market.offered["p5.48xlarge"] == {f"us-west-2{letter}" for letter in "abcd"}
    assert market.spot["p5.48xlarge"] < market.on_demand["p5.48xlarge"]


def test_an_instance_carries_karpenters_tags_and_ends(account: Account) -> None:
    instance = account.launch()
    (described,) = account.ec2.describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"]
    tags = {tag["Key"]: tag["Value"] for tag in described["Tags"]}
    assert tags["kubernetes.io/cluster/demo"] == "owned"
    assert tags["karpenter.sh/nodepool"] == "p5-gpu-h100"
    assert tags["team"] == "ml"
    assert described["InstanceLifecycle"] == "spot"
    assert account.cloud.lives(instance)
    account.cloud.terminate(instance)
    assert not account.cloud.lives(instance)
    (described,) = account.ec2.describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"]
    assert described["State"]["Name"] == "terminated"


def test_a_zone_without_subnet_or_a_full_quota_is_no_capacity(account: Account) -> None:
    with pytest.raises(NoCapacity, match="us-west-2c"):
        account.launch(zone="us-west-2c")
    before = account.world.quotas.value("L-C4BD4855")
    account.world.quotas.set("L-C4BD4855", 100)
    with pytest.raises(NoCapacity) as refused:
        account.launch()
    account.world.quotas.set("L-C4BD4855", before)
    assert refused.value.code == "MaxSpotInstanceCountExceeded"


def test_the_profile_is_made_once_and_taken_away(account: Account) -> None:
    name = account.cloud.prepare(CLASS)
    assert account.cloud.prepare(CLASS) == name
    (profile,) = [
        one for one in account.iam.list_instance_profiles()["InstanceProfiles"] if one["InstanceProfileName"] == name
    ]
    assert profile["Path"] == "/karpenter/us-west-2/demo/h100-gpu/"
    assert [role["RoleName"] for role in profile["Roles"]] == ["node"]
    account.cloud.forget(CLASS)
    names = [one["InstanceProfileName"] for one in account.iam.list_instance_profiles()["InstanceProfiles"]]
    assert name not in names


def test_a_groups_machines_have_the_user_data_of_its_launch_template() -> None:
    account = Account()
    text = '[settings.kubelet-device-plugins.nvidia]\ndevice-sharing-strategy = "time-slicing"\n'
    data = {"UserData": base64.b64encode(text.encode()).decode()}
    template = account.ec2.create_launch_template(LaunchTemplateName="gpu", LaunchTemplateData=data)["LaunchTemplate"]
    account.session.client("eks").create_nodegroup(
        clusterName="demo",
        nodegroupName="gpu",
        subnets=account.subnets[:2],
        nodeRole=f"arn:aws:iam::{account.world.account}:role/node",
        amiType="BOTTLEROCKET_x86_64_NVIDIA",
        instanceTypes=["g5.xlarge"],
        scalingConfig={"minSize": 1, "maxSize": 1, "desiredSize": 1},
        launchTemplate={"id": template["LaunchTemplateId"], "version": "1"},
    )
    account.clock.sleep(600)
    found = {machine.instance_type: machine for machine in account.cloud.machines()}
    assert found["g5.xlarge"].user_data == text
    assert found["g5.xlarge"].os == "bottlerocket"
    assert found["m5.large"].user_data == ""

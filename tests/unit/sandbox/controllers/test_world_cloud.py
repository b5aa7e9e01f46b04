"""Karpenter's side of a sandbox account: what classes select, instances with Karpenter's tags, capacity and quotas."""

from typing import Any

import pytest

from eksgpu.engine.clock import SteppedClock
from eksgpu.sandbox import inprocess
from eksgpu.sandbox.controllers.cloud import NoCapacity, Order
from eksgpu.sandbox.controllers.world_cloud import WorldCloud
from eksgpu.sandbox.services.service_linked_roles import ensure_service_linked_role
from eksgpu.sandbox.world import World
from tests.unit.sandbox.eks.account import EksAccount

REGION = "us-west-2"
CLASS: dict[str, Any] = {
    "metadata": {"name": "h100-gpu"},
    "spec": {
        "role": "node",
        "subnetSelectorTerms": [{"tags": {"karpenter.sh/discovery": "demo"}}],
        "securityGroupSelectorTerms": [{"tags": {"Name": "node*"}}],
        "tags": {"team": "ml"},
    },
}


class Account:
    """A cluster with two tagged subnets, a security group and a Ready node group."""

    def __init__(self, **options: Any) -> None:
        clock = SteppedClock()
        self.world = World(clock=clock, options=options)
        session = inprocess.session(self.world, REGION)
        eks = EksAccount(lambda service: session.client(service), clock)
        self.ec2, self.iam = eks.ec2, eks.iam
        discovery = {"Key": "karpenter.sh/discovery", "Value": "demo"}
        self.ec2.create_tags(Resources=eks.subnets[:2], Tags=[discovery])
        group = self.ec2.create_security_group(GroupName="nodes", Description="nodes", VpcId=eks.vpc)["GroupId"]
        self.ec2.create_tags(Resources=[group], Tags=[{"Key": "Name", "Value": "node-group"}])
        eks.active_cluster()
        eks.active_group()
        ensure_service_linked_role(self.world, "spot.amazonaws.com")
        self.group, self.cloud = group, WorldCloud(self.world, REGION, "demo")

    def launch(self, instance_type: str = "p5.48xlarge", zone: str = "us-west-2a", capacity: str = "spot") -> str:
        order = Order(CLASS, "p5-gpu-h100", "p5-gpu-h100-abcde", instance_type, zone, capacity)
        return self.cloud.launch(order).instance_id


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
    account.cloud.terminate(instance)
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

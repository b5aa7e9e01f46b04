"""What other services put into a VPC and take out again."""

import os
from typing import Any

import pytest

from eksgpu.engine.clock import SteppedClock
from eksgpu.sandbox.ec2 import network
from eksgpu.sandbox.ec2.backend import later
from eksgpu.sandbox.world import World
from tests.unit.sandbox.conftest import ClientOf
from tests.unit.sandbox.vpc_parts import Vpc, build

REGION = "us-west-2"


@pytest.fixture
def ec2(client: ClientOf) -> Any:
    return client("ec2")


@pytest.fixture
def vpc(ec2: Any) -> Vpc:
    return build(ec2)


def test_interfaces_and_groups(world: World, ec2: Any, vpc: Vpc) -> None:
    group = network.create_security_group(world, REGION, vpc.id, "eks-cluster-sg-c-1", "made by EKS", {"a": "b"})
    eni = network.create_eni(world, REGION, vpc.subnet, [group], "Amazon EKS c", {"cluster": "c"})
    (shown,) = ec2.describe_network_interfaces(Filters=[{"Name": "tag:cluster", "Values": ["c"]}])["NetworkInterfaces"]
    assert (shown["NetworkInterfaceId"], shown["Description"], shown["Status"]) == (eni, "Amazon EKS c", "in-use")
    assert (shown["RequesterManaged"], shown["Attachment"]["InstanceOwnerId"]) == (True, "amazon-aws")
    (permission,) = ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"][0]["IpPermissions"]
    assert [pair["GroupId"] for pair in permission["UserIdGroupPairs"]] == [group]
    assert not network.delete_security_group(world, REGION, group)
    for _ in range(2):
        network.delete_eni(world, REGION, eni)
    assert network.delete_security_group(world, REGION, group)
    assert network.delete_security_group(world, REGION, group)


def test_a_copy_of_a_launch_template(world: World, ec2: Any) -> None:
    source = ec2.create_launch_template(LaunchTemplateName="mine", LaunchTemplateData={"InstanceType": "m5.large"})
    source_id = source["LaunchTemplate"]["LaunchTemplateId"]
    ec2.create_launch_template_version(LaunchTemplateId=source_id, LaunchTemplateData={"InstanceType": "m6i.large"})
    copy = network.create_launch_template_copy(world, REGION, source_id, "2", "eks-1", {"eks:cluster-name": "c"})
    bare = network.create_launch_template_copy(world, REGION, None, None, "eks-2", {})

    def kind(template: str) -> Any:
        versions = ec2.describe_launch_template_versions(LaunchTemplateId=template)["LaunchTemplateVersions"]
        return versions[0]["LaunchTemplateData"].get("InstanceType")

    assert (kind(copy), kind(bare)) == ("m6i.large", None)
    for _ in range(2):
        network.delete_launch_template(world, REGION, copy)


def test_node_instances(world: World, ec2: Any, vpc: Vpc) -> None:
    group = network.create_security_group(world, REGION, vpc.id, "g", "d", managed=False)
    tags = {"eks:nodegroup-name": "system"}
    node = network.run_node_instance(world, REGION, vpc.subnet, "m5.large", [group], tags, "spot")
    instance = ec2.describe_instances(InstanceIds=[node])["Reservations"][0]["Instances"][0]
    assert (instance["InstanceType"], instance["SubnetId"], instance["InstanceLifecycle"]) == (
        "m5.large",
        vpc.subnet,
        "spot",
    )
    assert [one["GroupId"] for one in instance["SecurityGroups"]] == [group]
    for _ in range(2):
        network.terminate_instance(world, REGION, node)
    assert ec2.describe_network_interfaces()["NetworkInterfaces"] == []


def test_what_is_due_happens_in_order_before_the_next_call(world: World, ec2: Any, clock: SteppedClock) -> None:
    seen: list[str] = []
    later(world, REGION, 20, lambda: seen.append("second"))
    later(world, REGION, 10, lambda: seen.append("first"))
    later(world, REGION, 90, lambda: seen.append("third"))
    clock.sleep(30)
    ec2.describe_vpcs()
    assert seen == ["first", "second"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this platform")
def test_what_is_due_survives_a_fork(world: World, ec2: Any, vpc: Vpc, clock: SteppedClock) -> None:
    ec2.create_nat_gateway(SubnetId=vpc.subnet, AllocationId=vpc.address)
    child = os.fork()
    if child == 0:
        clock.sleep(200)
        os._exit(0 if ec2.describe_nat_gateways()["NatGateways"][0]["State"] == "available" else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert ec2.describe_nat_gateways()["NatGateways"][0]["State"] == "pending"

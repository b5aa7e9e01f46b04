"""Instances: one launch per token, vCPU quotas by family and market, the Spot role, and interfaces that go along."""

from typing import Any

import pytest

from eksgpu.engine.clock import SteppedClock
from eksgpu.sandbox.world import World
from tests.unit.sandbox.conftest import ClientOf
from tests.unit.sandbox.vpc_parts import Vpc, build, refusal

SPOT: dict[str, Any] = {"InstanceMarketOptions": {"MarketType": "spot"}}


@pytest.fixture
def ec2(client: ClientOf) -> Any:
    return client("ec2")


@pytest.fixture
def vpc(ec2: Any) -> Vpc:
    return build(ec2)


def wanted(vpc: Vpc, kind: str = "m5.large", count: int = 1, **more: Any) -> dict[str, Any]:
    return {"ImageId": "ami-0123456789abcdef0", "InstanceType": kind, "SubnetId": vpc.subnet,
            "MinCount": count, "MaxCount": count, **more}  # fmt: skip


def alive(ec2: Any) -> int:
    return sum(
        instance["State"]["Name"] == "running"
        for reservation in ec2.describe_instances()["Reservations"]
        for instance in reservation["Instances"]
    )


def test_a_token_launches_once(ec2: Any, vpc: Vpc) -> None:
    first, second = (ec2.run_instances(**wanted(vpc, ClientToken="once"))["ReservationId"] for _ in range(2))
    assert (first, alive(ec2)) == (second, 1)


def test_terminated_instances_free_their_subnet_and_vanish(ec2: Any, vpc: Vpc, clock: SteppedClock) -> None:
    made = ec2.run_instances(**wanted(vpc))["Instances"][0]["InstanceId"]
    assert refusal(ec2.delete_subnet, SubnetId=vpc.subnet)[0] == "DependencyViolation"
    ec2.terminate_instances(InstanceIds=[made])
    assert alive(ec2) == 0
    assert ec2.describe_network_interfaces()["NetworkInterfaces"] == []
    ec2.delete_subnet(SubnetId=vpc.subnet)
    clock.sleep(3601)
    assert ec2.describe_instances()["Reservations"] == []


def test_vcpu_quotas_are_apart_for_families_and_markets(ec2: Any, vpc: Vpc, world: World) -> None:
    world.quotas.set("L-417A185B", 192)
    world.quotas.set("L-C4BD4855", 191)
    ec2.run_instances(**wanted(vpc, "p5.48xlarge"))
    code, message = refusal(ec2.run_instances, **wanted(vpc, "p5.48xlarge"))
    assert (code, "vCPU limit of 192" in message) == ("VcpuLimitExceeded", True)
    assert refusal(ec2.run_instances, **wanted(vpc, "p5.48xlarge", **SPOT)) == (
        "MaxSpotInstanceCountExceeded",
        "Max spot instance count exceeded",
    )
    ec2.run_instances(**wanted(vpc, "m5.large", **SPOT))
    assert alive(ec2) == 2


def test_a_launch_template_names_the_type(ec2: Any, vpc: Vpc, world: World) -> None:
    world.quotas.set("L-417A185B", 0)
    ec2.create_launch_template(LaunchTemplateName="gpu", LaunchTemplateData={"InstanceType": "p5.48xlarge"})
    params = wanted(vpc, LaunchTemplate={"LaunchTemplateName": "gpu"})
    del params["InstanceType"]
    assert refusal(ec2.run_instances, **params)[0] == "VcpuLimitExceeded"


def test_spot_makes_its_role_when_it_may(ec2: Any, vpc: Vpc, client: ClientOf) -> None:
    ec2.run_instances(**wanted(vpc, **SPOT))
    assert client("iam").get_role(RoleName="AWSServiceRoleForEC2Spot")["Role"]["Path"].startswith("/aws-service-role/")


def test_spot_without_its_role_is_refused(ec2: Any, vpc: Vpc, world: World, client: ClientOf) -> None:
    world.denied = {"iam:CreateServiceLinkedRole"}
    code = "AuthFailure.ServiceLinkedRoleCreationNotPermitted"
    assert refusal(ec2.run_instances, **wanted(vpc, **SPOT)) == (
        code,
        "The provided credentials do not have permission to create the service-linked role for EC2 Spot Instances.",
    )
    ec2.create_launch_template(LaunchTemplateName="nodes", LaunchTemplateData={"InstanceType": "m5.large"})
    specification = {"LaunchTemplateName": "nodes", "Version": "$Latest"}
    fleet = {
        "Type": "instant",
        "LaunchTemplateConfigs": [{"LaunchTemplateSpecification": specification}],
        "TargetCapacitySpecification": {"TotalTargetCapacity": 1, "DefaultTargetCapacityType": "spot"},
    }
    assert refusal(ec2.create_fleet, **fleet)[0] == code
    world.denied = set()
    client("iam").create_service_linked_role(AWSServiceName="spot.amazonaws.com")
    world.denied = {"iam:CreateServiceLinkedRole"}
    ec2.run_instances(**wanted(vpc, **SPOT))
    assert alive(ec2) == 1

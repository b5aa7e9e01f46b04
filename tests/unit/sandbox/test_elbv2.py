"""Load balancers: they take minutes to serve, and their interfaces hold the VPC after they are gone."""

from typing import Any

import pytest

from eksgpu.engine.clock import SteppedClock
from tests.unit.sandbox.conftest import ClientOf
from tests.unit.sandbox.vpc_parts import Vpc, build, refusal


@pytest.fixture
def ec2(client: ClientOf) -> Any:
    return client("ec2")


@pytest.fixture
def vpc(ec2: Any) -> Vpc:
    return build(ec2)


def test_interfaces_outlive_their_balancer(client: ClientOf, ec2: Any, vpc: Vpc, clock: SteppedClock) -> None:
    elb = client("elbv2")
    group = ec2.create_security_group(GroupName="g", Description="d", VpcId=vpc.id)["GroupId"]
    tags = [{"Key": "elbv2.k8s.aws/cluster", "Value": "demo"}]
    wanted = {"Name": "lb", "Subnets": [vpc.subnet], "SecurityGroups": [group], "Tags": tags}
    arn = elb.create_load_balancer(**wanted, Scheme="internet-facing")["LoadBalancers"][0]["LoadBalancerArn"]

    def state() -> str:
        return str(elb.describe_load_balancers(LoadBalancerArns=[arn])["LoadBalancers"][0]["State"]["Code"])

    assert (state(), state()) == ("provisioning", "provisioning")
    clock.sleep(141)
    assert state() == "active"
    assert elb.describe_tags(ResourceArns=[arn])["TagDescriptions"][0]["Tags"] == tags
    (interface,) = ec2.describe_network_interfaces()["NetworkInterfaces"]
    assert interface["Description"] == f"ELB app/lb/{arn.rpartition('/')[2]}"
    elb.delete_load_balancer(LoadBalancerArn=arn)
    assert elb.describe_load_balancers()["LoadBalancers"] == []
    assert refusal(ec2.delete_security_group, GroupId=group)[0] == "DependencyViolation"
    detach = {"InternetGatewayId": vpc.gateway, "VpcId": vpc.id}
    assert refusal(ec2.detach_internet_gateway, **detach)[0] == "DependencyViolation"
    clock.sleep(301)
    ec2.delete_security_group(GroupId=group)
    ec2.detach_internet_gateway(**detach)
    ec2.delete_subnet(SubnetId=vpc.subnet)

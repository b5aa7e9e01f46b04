"""An account of the sandbox with a cluster, nodes and tagged subnets, as the controllers of that cluster see it."""

from typing import Any

from eksgpu.engine.clock import SteppedClock
from eksgpu.sandbox import inprocess
from eksgpu.sandbox.controllers.cloud import Order
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
        self.clock = clock = SteppedClock()
        self.world = World(clock=clock, options=options)
        self.session = session = inprocess.session(self.world, REGION)
        eks = EksAccount(lambda service: session.client(service), clock)
        self.ec2, self.iam, self.elb = eks.ec2, eks.iam, session.client("elbv2")
        self.vpc, self.subnets = eks.vpc, eks.subnets
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

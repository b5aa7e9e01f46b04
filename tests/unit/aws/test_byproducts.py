"""What controllers left: found by their tags in a fake account, removed in a workable order, nothing else touched."""

import json
from collections.abc import Mapping

import pytest

from eksgpu.aws.byproducts import BYPRODUCTS, look
from eksgpu.aws.byproducts.karpenter_instance import KarpenterInstance
from eksgpu.aws.byproducts.load_balancer import LoadBalancer
from eksgpu.aws.byproducts.volume import Volume
from eksgpu.aws.clients import Clients
from eksgpu.aws.holders import Held, holders
from eksgpu.aws.run import AwsRun, tag_list
from eksgpu.aws.security_group import SecurityGroup
from eksgpu.aws.security_group_rule import SecurityGroupRule
from eksgpu.aws.subnet import Subnet
from eksgpu.aws.vpc import Vpc
from eksgpu.catalog.price import price
from eksgpu.engine.clock import SteppedClock
from eksgpu.engine.execute import Inline, execute
from eksgpu.engine.graph import Graph
from eksgpu.engine.mark import Mark
from eksgpu.engine.plan import make_plan
from eksgpu.engine.refs import Ref
from eksgpu.engine.resource import Deletable, Live, Resource
from eksgpu.sandbox import inprocess
from eksgpu.sandbox.world import World

OURS: tuple[type[Resource], ...] = (Vpc, Subnet, SecurityGroup, SecurityGroupRule)
KINDS: dict[str, type[Deletable]] = {kind.kind: kind for kind in (*OURS, *BYPRODUCTS)}
NETWORK: tuple[Resource, ...] = (
    Vpc.example(),
    Subnet.example(),
    Subnet("private-us-west-2b", vpc=Ref("vpc/main"), cidr="10.0.16.0/20", zone="us-west-2b"),
    SecurityGroup.example(),
)
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
KARPENTER = {
    "karpenter.sh/nodepool": "default",
    "karpenter.k8s.aws/ec2nodeclass": "default",
    "topology.kubernetes.io/region": "us-west-2",
}


def owned_by(cluster: str) -> dict[str, str]:
    return {f"kubernetes.io/cluster/{cluster}": "owned", **KARPENTER}


class Account:
    """A fake account with the network of our cluster `demo`."""

    def __init__(self) -> None:
        self.world = World(clock=SteppedClock())
        self.aws = Clients(inprocess.session(self.world), region="us-west-2")
        self.run = AwsRun(mark=Mark(self.world.account, "us-west-2", "demo"), clock=self.world.clock, aws=self.aws)
        self.carry_out(NETWORK)
        lives = {live.identity: live.id for kind in OURS for live in kind.discover(self.run)}
        self.vpc, self.group = lives["vpc/main"], lives["security_group/node"]
        self.subnets = [lives["subnet/private-us-west-2a"], lives["subnet/private-us-west-2b"]]

    def carry_out(self, resources: tuple[Resource, ...]) -> None:
        """Make these, and remove what else there is of us, by-products included."""
        graph = Graph(resources)
        lives = [live for kind in KINDS.values() for live in kind.discover(self.run)]
        execute(self.run, graph, make_plan(graph, lives), KINDS, workers=Inline())

    def found(self, kind: str) -> list[Live]:
        return KINDS[kind].discover(self.run)

    def instance(self, tags: Mapping[str, str], instance_type: str = "m5.large") -> str:
        made = self.aws.ec2.run_instances(
            ImageId="ami-0123456789abcdef0", MinCount=1, MaxCount=1, InstanceType=instance_type,
            SubnetId=self.subnets[0], SecurityGroupIds=[self.group],
            TagSpecifications=[{"ResourceType": "instance", "Tags": tag_list(tags)}] if tags else [],
        )  # fmt: skip
        return str(made["Instances"][0]["InstanceId"])

    def interface(self, tags: Mapping[str, str], description: str = "aws-K8S-i-1") -> str:
        made = self.aws.ec2.create_network_interface(
            SubnetId=self.subnets[0], Groups=[self.group], Description=description,
            TagSpecifications=[{"ResourceType": "network-interface", "Tags": tag_list(tags)}] if tags else [],
        )  # fmt: skip
        return str(made["NetworkInterface"]["NetworkInterfaceId"])

    def balancer(self, name: str, tags: Mapping[str, str], groups: tuple[str, ...] = ()) -> str:
        made = self.aws.elbv2.create_load_balancer(
            Name=name, Subnets=self.subnets, SecurityGroups=list(groups), Tags=tag_list(tags)
        )
        return str(made["LoadBalancers"][0]["LoadBalancerArn"])

    def controller_group(self, cluster: str) -> str:
        made = self.aws.ec2.create_security_group(
            GroupName=f"k8s-traffic-{cluster}", Description="made by the controller", VpcId=self.vpc,
            TagSpecifications=[
                {"ResourceType": "security-group", "Tags": tag_list({"elbv2.k8s.aws/cluster": cluster})}
            ],
        )  # fmt: skip
        return str(made["GroupId"])

    def profile(self, name: str, tags: Mapping[str, str]) -> None:
        self.aws.iam.create_instance_profile(InstanceProfileName=name, Tags=tag_list(tags))


@pytest.fixture
def account() -> Account:
    return Account()


def test_a_fresh_network_has_no_by_products_and_no_holders(account: Account) -> None:
    assert [look(account.run, kind).lives for kind in BYPRODUCTS] == [()] * len(BYPRODUCTS)
    ours = [live.id for kind in OURS for live in kind.discover(account.run)]
    assert holders(account.run, [account.vpc], ours) == []


def test_instances_of_karpenter_are_found_priced_and_terminated(account: Account) -> None:
    made = account.instance(owned_by("demo"))
    account.instance(owned_by("other"))
    account.instance({"kubernetes.io/cluster/demo": "owned"})
    found = account.found("karpenter_instance")
    assert [live.id for live in found] == [made]
    assert KarpenterInstance.usd_per_day(found[0]) == pytest.approx(24 * 0.096)
    KarpenterInstance.delete(account.run, found[0])
    account.world.clock.sleep(600)
    assert account.found("karpenter_instance") == []


def test_load_balancers_go_with_their_groups_and_the_rules_that_the_controller_made_for_them(account: Account) -> None:
    front = account.controller_group("demo")
    tags = {"elbv2.k8s.aws/cluster": "demo"}
    balancer = account.balancer("k8s-web", tags, (front,))
    foreign = account.balancer("somebody", {"elbv2.k8s.aws/cluster": "other"})
    account.aws.elbv2.create_target_group(
        Name="k8s-web", Protocol="HTTP", Port=80, VpcId=account.vpc, TargetType="ip", Tags=tag_list(tags)
    )
    pair = {"GroupId": front, "Description": "elbv2.k8s.aws/targetGroupBinding=shared"}
    account.aws.ec2.authorize_security_group_ingress(
        GroupId=account.group,
        IpPermissions=[{"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "UserIdGroupPairs": [pair]}],
    )
    assert [live.id for live in account.found("load_balancer")] == [balancer]
    account.carry_out(NETWORK)
    kinds = ("load_balancer", "target_group", "controller_security_group")
    assert [account.found(kind) for kind in kinds] == [[], [], []]
    left = account.aws.elbv2.describe_load_balancers()["LoadBalancers"]
    assert [one["LoadBalancerArn"] for one in left] == [foreign]
    assert account.found("security_group")[0].id == account.group


def test_volumes_of_claims_are_found_only_while_they_are_attached_to_nothing(account: Account) -> None:
    tags = {"kubernetes.io/cluster/demo": "owned", "ebs.csi.aws.com/cluster": "true"}
    for size, extra in ((100, {}), (50, {"kubernetes.io/cluster/demo": "shared"})):
        account.aws.ec2.create_volume(
            AvailabilityZone="us-west-2a", Size=size,
            TagSpecifications=[{"ResourceType": "volume", "Tags": tag_list(tags | extra)}],
        )  # fmt: skip
    (found,) = account.found("volume")
    assert Volume.usd_per_day(found) == pytest.approx(100 * 0.08 * 24 / 730)
    account.carry_out(NETWORK)
    assert account.found("volume") == []


def test_interfaces_of_the_cni_are_ours_by_their_cluster_or_by_our_vpc(account: Account) -> None:
    instance_id = {"node.k8s.amazonaws.com/instance_id": "i-1"}
    named = account.interface({**instance_id, "cluster.k8s.amazonaws.com/name": "demo"})
    nameless = account.interface(instance_id)
    other = account.interface({**instance_id, "cluster.k8s.amazonaws.com/name": "other"})
    plain = account.interface({}, description="by hand")
    assert {live.id for live in account.found("network_interface")} == {named, nameless}
    account.carry_out(NETWORK)
    left = account.aws.ec2.describe_network_interfaces()["NetworkInterfaces"]
    assert {one["NetworkInterfaceId"] for one in left} == {other, plain}


def test_launch_templates_and_profiles_of_karpenter_are_told_from_others(account: Account) -> None:
    for name, tags in (("karpenter.k8s.aws/1", owned_by("demo")), ("karpenter.k8s.aws/2", owned_by("other"))):
        account.aws.ec2.create_launch_template(
            LaunchTemplateName=name, LaunchTemplateData={"ImageId": "ami-1"},
            TagSpecifications=[{"ResourceType": "launch-template", "Tags": tag_list(tags)}],
        )  # fmt: skip
    account.profile("demo_1", owned_by("demo"))
    account.profile("demo_2", owned_by("demo") | {"topology.kubernetes.io/region": "eu-west-1"})
    account.profile("demo_3", {})
    account.aws.iam.create_role(RoleName="node", AssumeRolePolicyDocument=json.dumps(TRUST))
    account.aws.iam.add_role_to_instance_profile(InstanceProfileName="demo_1", RoleName="node")
    assert [live.name for live in account.found("karpenter_launch_template")] == ["karpenter.k8s.aws/1"]
    (profile,) = account.found("karpenter_instance_profile")
    assert (profile.name, [arn.rpartition("/")[2] for arn in profile.uses]) == ("demo_1", ["node"])
    account.carry_out(NETWORK)
    left = account.aws.iam.list_instance_profiles()["InstanceProfiles"]
    assert {one["InstanceProfileName"] for one in left} == {"demo_2", "demo_3"}


def test_who_may_not_look_is_told_so(account: Account) -> None:
    account.world.denied.add("elasticloadbalancing:DescribeLoadBalancers")
    denied = look(account.run, LoadBalancer).denied
    assert denied is not None
    assert denied.action == "elasticloadbalancing:DescribeLoadBalancers"
    ours = [live.id for kind in OURS for live in kind.discover(account.run)]
    (unseen,) = holders(account.run, [account.vpc], ours)
    assert (unseen.kind, unseen.id) == ("load_balancer", "")
    assert "elasticloadbalancing:DescribeLoadBalancers" in unseen.why


def test_what_holds_the_vpc_is_named_once_with_its_reason_and_price(account: Account) -> None:
    instance = account.instance({"Name": "bastion"})
    interface = account.interface({}, description="by hand")
    balancer = account.balancer("somebody", {"team": "other"})
    group = account.controller_group("other")
    subnet = account.aws.ec2.create_subnet(VpcId=account.vpc, CidrBlock="10.0.99.0/24")["Subnet"]["SubnetId"]
    ours = [live.id for kind in OURS for live in kind.discover(account.run)]
    held = holders(account.run, [account.vpc], ours)
    assert [(one.kind, one.id) for one in held] == [
        ("instance", instance),
        ("load_balancer", balancer),
        ("network_interface", interface),
        ("security_group", group),
        ("subnet", subnet),
    ]
    assert [one.why for one in held] == [
        "m5.large instance, running, not started for this cluster: bastion",
        "application load balancer",
        "network interface, available: by hand",
        "security group k8s-traffic-other: made by the controller",
        "subnet 10.0.99.0/24",
    ]
    assert held[0].usd_per_day == pytest.approx(24 * 0.096)
    assert holders(account.run, [], ours) == []


def test_the_interfaces_of_a_vanished_load_balancer_are_explained(account: Account) -> None:
    account.aws.elbv2.delete_load_balancer(LoadBalancerArn=account.balancer("somebody", {"team": "other"}))
    ours = [live.id for kind in OURS for live in kind.discover(account.run)]
    held = holders(account.run, [account.vpc], ours)
    assert {one.kind for one in held} == {"network_interface"}
    assert all("AWS takes it away minutes after the balancer" in one.why for one in held)


def test_a_peering_and_a_nat_gateway_hold_a_vpc_too(account: Account) -> None:
    other = account.aws.ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    peering = account.aws.ec2.create_vpc_peering_connection(VpcId=account.vpc, PeerVpcId=other)
    nat = account.aws.ec2.create_nat_gateway(SubnetId=account.subnets[0], ConnectivityType="private")
    ours = [live.id for kind in OURS for live in kind.discover(account.run)]
    held = {one.kind: one for one in holders(account.run, [account.vpc], ours)}
    assert held.keys() == {"nat_gateway", "vpc_peering_connection"}
    assert held["nat_gateway"] == Held(
        "nat_gateway",
        nat["NatGateway"]["NatGatewayId"],
        "NAT gateway, pending",
        price("natGateway").money().usd_per_day,
    )
    assert held["vpc_peering_connection"].id == peering["VpcPeeringConnection"]["VpcPeeringConnectionId"]

"""Destroy leaves nothing of ours, with or without the spec, and says what it left of others', why, and its price."""

from pathlib import Path

import pytest

from eksgpu.aws.run import tag_list
from eksgpu.catalog.price import price
from eksgpu.errors import PlanRefused
from eksgpu.sandbox.durations import Durations
from tests.support.account import QUICK, Account, dying, small
from tests.support.inventory import inventory

EVERYTHING = small(
    components={"karpenter": {}, "awsLoadBalancerController": {}},
    network={"zones": ["us-west-2a", "us-west-2b"], "vpcEndpoints": {"s3": True, "ecr": True}},
)

# At some calls of its apply in every run of the tests, and at all of them in the sweep.
EVERY_CALL = [pytest.param(n, marks=() if n % 20 == 4 else pytest.mark.sweep) for n in range(1, 102)]


@pytest.fixture
def account(tmp_path: Path) -> Account:
    return Account(tmp_path)


class Network:
    """The cluster's network, and other people's things in it."""

    def __init__(self, account: Account) -> None:
        self.ec2, self.elbv2 = account.boto("ec2"), account.boto("elbv2")
        mine = [{"Name": "tag:eksgpu.dev/cluster", "Values": ["demo"]}]
        self.vpc = self.ec2.describe_vpcs(Filters=mine)["Vpcs"][0]["VpcId"]
        subnets = self.ec2.describe_subnets(Filters=mine)["Subnets"]
        self.public = sorted(one["SubnetId"] for one in subnets if one["MapPublicIpOnLaunch"])
        self.private = sorted(one["SubnetId"] for one in subnets if not one["MapPublicIpOnLaunch"])
        groups = self.ec2.describe_security_groups(Filters=mine)["SecurityGroups"]
        self.group = next(one["GroupId"] for one in groups if one["Description"].startswith("Nodes"))

    def interface(self, tags: dict[str, str] | None = None) -> str:
        made = self.ec2.create_network_interface(
            SubnetId=self.private[0], Groups=[self.group], Description="by hand", **_tagged("network-interface", tags)
        )
        return str(made["NetworkInterface"]["NetworkInterfaceId"])

    def security_group(self, name: str, tags: dict[str, str] | None = None) -> str:
        made = self.ec2.create_security_group(
            GroupName=name, Description="made by somebody", VpcId=self.vpc, **_tagged("security-group", tags)
        )
        return str(made["GroupId"])

    def balancer(self, name: str, tags: dict[str, str] | None = None, groups: tuple[str, ...] = ()) -> str:
        more = {"Tags": tag_list(tags)} if tags else {}
        made = self.elbv2.create_load_balancer(Name=name, Subnets=self.public, SecurityGroups=list(groups), **more)
        return str(made["LoadBalancers"][0]["LoadBalancerArn"])

    def instance(self, tags: dict[str, str]) -> str:
        made = self.ec2.run_instances(
            ImageId="ami-0123456789abcdef0", MinCount=1, MaxCount=1, InstanceType="m5.large",
            SubnetId=self.private[0], SecurityGroupIds=[self.group], **_tagged("instance", tags),
        )  # fmt: skip
        return str(made["Instances"][0]["InstanceId"])


def _tagged(kind: str, tags: dict[str, str] | None) -> dict[str, object]:
    return {"TagSpecifications": [{"ResourceType": kind, "Tags": tag_list(tags)}]} if tags else {}


def test_with_the_spec_lost(account: Account) -> None:
    before = inventory(account)
    account.apply()
    report = account.destroy(by_name=True)
    assert report.left == ()
    assert {"vpc", "eks_cluster", "iam_role", "kms_key"} <= {kind for kind, _, _ in report.deleted}
    assert inventory(account) == before


def test_of_nothing_is_nothing(account: Account) -> None:
    report = account.destroy(by_name=True)
    assert (report.deleted, report.left, report.scheduled) == ((), (), ())


@pytest.mark.parametrize("number", EVERY_CALL)
def test_after_an_apply_that_died_at_any_call_and_with_the_spec_lost(tmp_path: Path, number: int) -> None:
    account = Account(tmp_path, EVERYTHING)
    before = inventory(account)
    with dying(account.world, lambda _: len(account.mutations()) > number):
        account.apply()
    report = account.destroy(by_name=True)
    assert report.left == ()
    assert inventory(account) == before


def test_a_protected_cluster_is_left_whole(account: Account) -> None:
    account.spec["deletionProtection"] = True
    account.apply()
    start = len(account.world.log)
    with pytest.raises(PlanRefused, match="deletion protection"):
        account.destroy()
    assert account.mutations(start) == []
    account.spec["deletionProtection"] = False
    account.apply()
    assert account.destroy().left == ()


def test_the_log_group_that_eks_writes_again_is_swept(account: Account) -> None:
    account.apply()
    account.destroy()
    deleted = [call for call in account.world.log if call.operation == "DeleteLogGroup"]
    assert len(deleted) == 2
    account.world.clock.sleep(3600)
    assert inventory(account)["log_group"] == []


def test_foreign_things_in_the_vpc_are_named_with_what_they_hold_and_cost(account: Account) -> None:
    account.apply()
    network = Network(account)
    group = network.security_group("somebody")
    interface, balancer = network.interface(), network.balancer("somebody", groups=(group,))
    began = account.world.clock.monotonic()
    report = account.destroy()
    left = {one.id: one for one in report.left}
    ours = {network.vpc, network.private[0], *network.public, network.group}
    gateway = next(one.id for one in report.left if one.kind == "internet_gateway")
    assert left.keys() == {group, interface, balancer, gateway, *ours}
    assert left[interface].why == "network interface, available: by hand"
    assert left[balancer].usd_per_day == pytest.approx(price("loadBalancer").money().usd_per_day)
    assert f"held by network_interface {interface}, which is not ours" in left[network.private[0]].why
    assert f"held by network_interface {interface}, which is not ours" in left[network.group].why
    assert balancer in left[network.public[0]].why
    assert balancer in left[gateway].why
    assert all(one in left[network.vpc].why for one in (group, interface, balancer))
    assert account.world.clock.monotonic() - began < 300  # nobody waits in vain
    assert {tuple(one) for one in report.as_json()["left"]} == {("kind", "id", "why", "usdPerDay")}

    network.elbv2.delete_load_balancer(LoadBalancerArn=balancer)
    network.ec2.delete_network_interface(NetworkInterfaceId=interface)
    account.world.clock.sleep(900)
    network.ec2.delete_security_group(GroupId=group)
    assert account.destroy(by_name=True).left == ()


def test_what_waits_for_something_that_may_not_be_deleted_names_it(account: Account) -> None:
    account.apply()
    account.world.denied.add("eks:DeleteNodegroup")
    report = account.destroy()
    assert report.left[0].kind == "eks_node_group"
    left = {one.kind: one.why for one in report.left}
    assert "not authorized to perform: eks:DeleteNodegroup" in left["eks_node_group"]
    for kind in ("eks_addon", "eks_cluster", "vpc", "nat_gateway", "iam_role"):
        assert left[kind] == "not tried: eks_node_group/system has to go first"
    account.world.denied.clear()
    assert account.destroy().left == ()


def test_what_controllers_made_for_the_cluster_goes_too(tmp_path: Path) -> None:
    account = Account(tmp_path, small(components={"karpenter": {}, "awsLoadBalancerController": {}}))
    before = inventory(account)
    account.apply()
    network, iam = Network(account), account.boto("iam")
    owned = {"kubernetes.io/cluster/demo": "owned"}
    karpenter = {**owned, "karpenter.sh/nodepool": "default", "karpenter.k8s.aws/ec2nodeclass": "default"}
    network.instance(karpenter)
    template = {"InstanceType": "m5.large"}
    network.ec2.create_launch_template(
        LaunchTemplateName="karpenter.k8s.aws/1", LaunchTemplateData=template, **_tagged("launch-template", karpenter)
    )
    profile = {**karpenter, "topology.kubernetes.io/region": "us-west-2"}
    iam.create_instance_profile(InstanceProfileName="demo_1", Tags=tag_list(profile))
    role = next(role["RoleName"] for role in iam.list_roles()["Roles"] if "karpenter-node" in role["RoleName"])
    iam.add_role_to_instance_profile(InstanceProfileName="demo_1", RoleName=role)
    group = network.security_group("k8s-traffic", {"elbv2.k8s.aws/cluster": "demo"})
    network.balancer("k8s-web", {"elbv2.k8s.aws/cluster": "demo"}, groups=(group,))
    network.interface({"cluster.k8s.amazonaws.com/name": "demo", "node.k8s.amazonaws.com/instance_id": "i-1"})
    assert account.destroy().left == ()
    assert inventory(account) == before
    assert network.elbv2.describe_load_balancers()["LoadBalancers"] == []


def test_volumes_hold_data_and_are_kept_unless_asked(account: Account) -> None:
    account.apply()
    tags = {"kubernetes.io/cluster/demo": "owned", "ebs.csi.aws.com/cluster": "true"}
    ec2 = account.boto("ec2")
    volume = ec2.create_volume(AvailabilityZone="us-west-2a", Size=100, **_tagged("volume", tags))["VolumeId"]
    [left] = account.destroy().left
    assert (left.kind, left.id) == ("volume", volume)
    assert "--delete-volumes" in left.why
    assert left.usd_per_day == pytest.approx(price("gp3Storage").money(100).usd_per_day)
    assert account.destroy(by_name=True, delete_volumes=True).left == ()
    assert ec2.describe_volumes()["Volumes"] == []


def test_interfaces_that_outlive_their_load_balancer_are_waited_out(tmp_path: Path) -> None:
    account = Account(tmp_path, durations=Durations({"elbv2:load-balancer:interfaces-gone": 900.0}, all=QUICK))
    before = inventory(account)
    account.apply()
    Network(account).balancer("k8s-web", {"elbv2.k8s.aws/cluster": "demo"})
    assert account.destroy().left == ()
    assert account.world.clock.monotonic() > 900.0
    assert inventory(account) == before

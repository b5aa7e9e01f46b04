"""What is special of the kinds of the network, by its outcome in a fake account."""

from collections.abc import Iterable, Mapping
from typing import Any

import pytest

from eksgpu.aws.clients import Clients
from eksgpu.aws.elastic_ip import ElasticIp
from eksgpu.aws.internet_gateway import InternetGateway
from eksgpu.aws.launch_template import LaunchTemplate
from eksgpu.aws.route_table import RouteTable
from eksgpu.aws.route_target import destination, target_argument, target_of, target_parameter
from eksgpu.aws.run import AwsRun
from eksgpu.aws.security_group import SecurityGroup
from eksgpu.aws.security_group_rule import SecurityGroupRule
from eksgpu.aws.subnet import Subnet
from eksgpu.aws.vpc import Vpc
from eksgpu.aws.vpc_endpoint import VpcEndpoint
from eksgpu.engine.clock import SteppedClock
from eksgpu.engine.execute import Inline, execute
from eksgpu.engine.graph import Graph
from eksgpu.engine.mark import Mark
from eksgpu.engine.plan import Action, Plan, make_plan
from eksgpu.engine.refs import Ref, Text
from eksgpu.engine.resource import Live, Resource
from eksgpu.errors import NotFound, RunFailed
from eksgpu.sandbox import inprocess
from eksgpu.sandbox.faults import Fault
from eksgpu.sandbox.world import World

KINDS = {
    kind.kind: kind
    for kind in (
        Vpc, Subnet, InternetGateway, ElasticIp, RouteTable, SecurityGroup, SecurityGroupRule, VpcEndpoint,
        LaunchTemplate,
    )
}  # fmt: skip
VPC = Ref("vpc/main")
GATEWAY = InternetGateway("main", vpc=VPC)
SUBNET = Subnet("public-us-west-2a", vpc=VPC, cidr="10.0.128.0/24", zone="us-west-2a", public=True)
IN_SUBNET = Ref(SUBNET.identity)


class Account:
    """A fake account, and what the engine makes of a graph in it."""

    def __init__(self) -> None:
        self.world = World(clock=SteppedClock())
        aws = Clients(inprocess.session(self.world), region="us-west-2")
        self.run = AwsRun(mark=Mark(self.world.account, "us-west-2", "demo"), clock=self.world.clock, aws=aws)
        self.ec2 = aws.ec2

    def lives(self) -> dict[str, Live]:
        return {live.identity: live for kind in KINDS.values() for live in kind.discover(self.run)}

    def plan(self, *resources: Resource) -> Plan:
        return make_plan(Graph(resources), [live for kind in KINDS.values() for live in kind.discover(self.run)])

    def apply(self, *resources: Resource) -> dict[str, Live]:
        """Carry out the plan; what lives then, which must leave nothing to plan."""
        plan = self.plan(*resources)
        assert not plan.refusals
        execute(self.run, Graph(resources), plan, KINDS, workers=Inline())
        assert self.plan(*resources).empty
        return self.lives()


@pytest.fixture
def account() -> Account:
    return Account()


def table(name: str, **fields: Any) -> RouteTable:
    return RouteTable(name, vpc=VPC, **fields)


def rule(name: str, **fields: Any) -> SecurityGroupRule:
    return SecurityGroupRule.example().with_fields(name=name, **fields)


def group(name: str, **fields: Any) -> SecurityGroup:
    return SecurityGroup(name, vpc=VPC, description=f"Group {name}").with_fields(**fields)


def ids(lives: Mapping[str, Live]) -> dict[str, str]:
    return {identity: live.id for identity, live in lives.items()}


# Gateways and addresses


def test_a_gateway_that_was_made_but_not_attached_is_attached_by_the_next_run(account: Account) -> None:
    account.apply(Vpc.example())
    made = account.run.aws.ec2.create_internet_gateway(
        TagSpecifications=[
            {
                "ResourceType": "internet-gateway",
                "Tags": [{"Key": key, "Value": value} for key, value in account.run.mark.tags("main").items()],
            }
        ]
    )["InternetGateway"]["InternetGatewayId"]
    lives = account.apply(Vpc.example(), GATEWAY)
    assert lives["internet_gateway/main"].id == made
    assert lives["internet_gateway/main"].fields["vpc"] == lives["vpc/main"].id


def test_a_gateway_that_was_detached_but_not_deleted_goes_with_the_next_try(account: Account) -> None:
    lives = account.apply(Vpc.example(), GATEWAY)
    seen = lives["internet_gateway/main"]
    account.ec2.detach_internet_gateway(InternetGatewayId=seen.id, VpcId=lives["vpc/main"].id)
    InternetGateway.delete(account.run, seen)  # still believes that it is attached
    assert "internet_gateway/main" not in account.lives()


def test_an_elastic_ip_tells_its_address_and_its_price(account: Account) -> None:
    live = account.apply(ElasticIp.example())["elastic_ip/nat-us-west-2a"]
    assert live.output("public_ip").count(".") == 3
    assert ElasticIp.usd_per_day(live) == pytest.approx(0.12)


# Route tables


def test_a_subnet_of_another_of_our_tables_is_taken_over_without_a_gap(account: Account) -> None:
    base = (Vpc.example(), SUBNET)
    lives = account.apply(*base, table("old", subnets=(IN_SUBNET,)), table("new"))
    old, new, subnet = lives["route_table/old"], lives["route_table/new"], lives[SUBNET.identity].id
    taking = table("new", subnets=(subnet,))
    taking.update(account.run, new, frozenset({"subnets"}))
    letting = table("old")
    letting.update(account.run, old, frozenset({"subnets"}))  # what it saw is out of date by now
    after = account.apply(*base, table("old"), table("new", subnets=(IN_SUBNET,)))
    assert after["route_table/new"].fields["subnets"] == (subnet,)
    assert "DisassociateRouteTable" not in [call.operation for call in account.world.log if not call.error]


def test_a_subnet_that_its_table_has_just_let_go_is_tried_again(account: Account) -> None:
    taken = Fault(
        "ec2", "AssociateRouteTable", nth=1, do="error", code="Resource.AlreadyAssociated", message="conflicts"
    )  # fmt: skip
    account.world.faults.add(taken)
    lives = account.apply(Vpc.example(), SUBNET, table("new", subnets=(IN_SUBNET,)))
    assert lives["route_table/new"].fields["subnets"] == (lives[SUBNET.identity].id,)


def test_a_table_goes_together_with_associations_made_since_it_was_seen(account: Account) -> None:
    lives = account.apply(Vpc.example(), SUBNET, table("one"))
    seen = lives["route_table/one"]
    account.ec2.associate_route_table(RouteTableId=seen.id, SubnetId=lives[SUBNET.identity].id)
    RouteTable.delete(account.run, seen)
    assert "route_table/one" not in account.lives()


def test_a_subnet_of_somebody_elses_table_is_not_taken(account: Account) -> None:
    base = account.apply(Vpc.example(), SUBNET)
    foreign = account.ec2.create_route_table(VpcId=base["vpc/main"].id)["RouteTable"]["RouteTableId"]
    account.ec2.associate_route_table(RouteTableId=foreign, SubnetId=base[SUBNET.identity].id)
    graph = Graph((Vpc.example(), SUBNET, table("ours", subnets=(IN_SUBNET,))))
    with pytest.raises(RunFailed, match="AlreadyAssociated"):
        execute(account.run, graph, make_plan(graph, base.values()), KINDS, workers=Inline())
    held = account.ec2.describe_route_tables(RouteTableIds=[foreign])["RouteTables"][0]["Associations"]
    assert [one["SubnetId"] for one in held] == [base[SUBNET.identity].id]


def test_routes_change_target_and_go_one_by_one(account: Account) -> None:
    base = (Vpc.example(), GATEWAY)
    both = (("0.0.0.0/0", Ref("internet_gateway/main")), ("192.0.2.0/24", Ref("internet_gateway/main")))
    first = account.apply(*base, table("public", routes=both))
    assert len(first["route_table/public"].fields["routes"]) == 2
    second = account.apply(*base, table("public", routes=both[:1]))
    gateway = second["internet_gateway/main"].id
    assert second["route_table/public"].fields["routes"] == (("0.0.0.0/0", gateway),)
    assert second["route_table/public"].uses == {gateway, second["vpc/main"].id}


def test_the_route_of_an_s3_endpoint_is_no_difference_of_its_table(account: Account) -> None:
    s3 = VpcEndpoint("s3", vpc=VPC, service="com.amazonaws.us-west-2.s3", route_tables=(Ref("route_table/private"),))
    lives = account.apply(Vpc.example(), table("private"), s3)
    assert lives["route_table/private"].fields["routes"] == ()
    assert lives["route_table/private"].id in lives["vpc_endpoint/s3"].uses
    assert account.apply() == {}


@pytest.mark.parametrize(
    ("target", "parameter", "argument"),
    [
        ("igw-1", "GatewayId", "gateway_id"),
        ("nat-1", "NatGatewayId", "nat_gateway_id"),
        ("tgw-1", "TransitGatewayId", "transit_gateway_id"),
        ("vgw-1", "GatewayId", "gateway_id"),
    ],
)
def test_a_target_is_told_by_its_id(target: str, parameter: str, argument: str) -> None:
    assert target_parameter(target) == {parameter: target}
    assert target_argument(target) == argument
    assert target_of({"DestinationCidrBlock": "0.0.0.0/0", parameter: target}) == ("0.0.0.0/0", target)


@pytest.mark.parametrize(
    "route",
    [
        {"DestinationCidrBlock": "10.0.0.0/16", "GatewayId": "local"},
        {"DestinationPrefixListId": "pl-1", "GatewayId": "vpce-1"},
        {"DestinationCidrBlock": "10.9.0.0/16", "GatewayId": "vgw-1", "Origin": "EnableVgwRoutePropagation"},
    ],
)
def test_what_aws_routes_itself_is_not_ours(route: Mapping[str, str]) -> None:
    assert target_of(dict(route)) is None


def test_an_ipv6_destination_has_a_parameter_of_its_own() -> None:
    assert destination("::/0") == {"DestinationIpv6CidrBlock": "::/0"}


# Security groups and their rules


def test_two_groups_may_name_each_other_and_still_go(account: Account) -> None:
    rules = (
        rule("cluster-from-node", group=Ref("security_group/cluster"), source=Ref("security_group/node")),
        rule("node-from-cluster", group=Ref("security_group/node"), source=Ref("security_group/cluster")),
    )
    account.apply(Vpc.example(), group("cluster"), group("node"), *rules)
    assert account.apply() == {}


@pytest.mark.parametrize("source", ["10.0.0.0/8", "2001:db8::/32", Ref("security_group/node")])
@pytest.mark.parametrize("direction", ["ingress", "egress"])
def test_a_rule_reads_back_as_it_was_wanted(account: Account, source: str | Ref, direction: str) -> None:
    live = account.apply(Vpc.example(), group("node"), rule("one", source=source, direction=direction))
    assert live["security_group_rule/one"].fields["direction"] == direction
    assert live["security_group_rule/one"].uses >= {live["security_group/node"].id}


def test_all_protocols_have_no_ports(account: Account) -> None:
    lives = account.apply(Vpc.example(), group("node"), rule("all", protocol="-1", from_port=-1, to_port=-1))
    assert lives["security_group_rule/all"].fields["protocol"] == "-1"


def test_ports_and_words_change_in_place_and_a_peer_by_a_new_rule_first(account: Account) -> None:
    base = (Vpc.example(), group("node"))
    first = account.apply(*base, rule("one"))
    second = account.apply(*base, rule("one", from_port=80, to_port=81, description="Web"))
    third = account.apply(*base, rule("one", from_port=80, to_port=81, description="Web", source="10.0.0.0/8"))
    assert first["security_group_rule/one"].id == second["security_group_rule/one"].id
    assert second["security_group_rule/one"].id != third["security_group_rule/one"].id
    assert third["security_group_rule/one"].fields["source"] == "10.0.0.0/8"


def test_without_egress_a_group_keeps_only_the_rules_that_are_asked_for(account: Account) -> None:
    closed = group("node", egress="none")
    out = rule("out", direction="egress", protocol="-1", from_port=-1, to_port=-1, source="0.0.0.0/0")
    lives = account.apply(Vpc.example(), closed, out)
    found = account.ec2.describe_security_group_rules(
        Filters=[{"Name": "group-id", "Values": [lives["security_group/node"].id]}]
    )["SecurityGroupRules"]
    assert [one["SecurityGroupRuleId"] for one in found] == [lives["security_group_rule/out"].id]
    assert account.apply(Vpc.example(), group("node"))["security_group/node"].fields["egress"] == "all"


def test_a_group_with_other_words_is_made_beside_the_old_one_and_its_rules_follow(account: Account) -> None:
    old = account.apply(Vpc.example(), group("node"), rule("one"))
    new = account.apply(Vpc.example(), group("node", description="Other words"), rule("one"))
    assert ids(old)["security_group/node"] != ids(new)["security_group/node"]
    assert new["security_group_rule/one"].fields["source"] == new["security_group/node"].id
    left = account.ec2.describe_security_groups(Filters=[{"Name": "vpc-id", "Values": [new["vpc/main"].id]}])
    assert {one["GroupId"] for one in left["SecurityGroups"] if one["GroupName"] != "default"} == {
        new["security_group/node"].id
    }


# Endpoints


def test_an_interface_endpoint_follows_its_subnets_and_its_price_too(account: Account) -> None:
    second = Subnet("public-us-west-2b", vpc=VPC, cidr="10.0.129.0/24", zone="us-west-2b")
    ecr = VpcEndpoint(
        "ecr-api", vpc=VPC, service="com.amazonaws.us-west-2.ecr.api", type="Interface", subnets=(IN_SUBNET,),
        security_groups=(Ref("security_group/node"),), private_dns=True,
    )  # fmt: skip
    base = (Vpc.example(), SUBNET, second, group("node"))
    one = account.apply(*base, ecr)["vpc_endpoint/ecr-api"]
    two = account.apply(*base, ecr.with_fields(subnets=(IN_SUBNET, Ref(second.identity))))["vpc_endpoint/ecr-api"]
    assert one.id == two.id
    assert VpcEndpoint.usd_per_day(two) == pytest.approx(2 * VpcEndpoint.usd_per_day(one))
    assert account.apply() == {}


def test_an_endpoint_that_is_gone_already_is_an_error_of_the_right_class(account: Account) -> None:
    gone = Live("vpc_endpoint", "s3", "vpce-0123456789abcdef0")
    with pytest.raises(NotFound, match="does not exist"):
        VpcEndpoint.delete(account.run, gone)


# Launch templates


def template(**fields: Any) -> LaunchTemplate:
    return LaunchTemplate("system", **fields)


def test_a_changed_template_is_a_new_default_version_under_the_same_id(account: Account) -> None:
    first = account.apply(template(hop_limit=2))["launch_template/system"]
    second = account.apply(template(hop_limit=1))["launch_template/system"]
    assert first.id == second.id
    assert (first.output("version"), second.output("version")) == ("1", "2")


def test_going_back_and_forth_ends_where_it_was_asked_to(account: Account) -> None:
    for hops in (2, 1, 2, 1, 2, 1):
        live = account.apply(template(hop_limit=hops))["launch_template/system"]
        assert live.fields["hop_limit"] == hops


def test_tags_of_the_template_make_no_new_version(account: Account) -> None:
    account.apply(template())
    live = account.apply(template(tags={"team": "a"}))["launch_template/system"]
    assert live.output("version") == "1"


def test_user_data_with_refs_arrives_as_text(account: Account) -> None:
    wanted = template(user_data=Text('vpc = "', VPC, '"\n'))
    lives = account.apply(Vpc.example(), wanted)
    assert lives["launch_template/system"].fields["user_data"] == f'vpc = "{lives["vpc/main"].id}"\n'


def test_what_somebody_made_the_default_is_seen(account: Account) -> None:
    live = account.apply(template())["launch_template/system"]
    account.ec2.create_launch_template_version(LaunchTemplateId=live.id, LaunchTemplateData={"ImageId": "ami-1"})
    account.ec2.modify_launch_template(LaunchTemplateId=live.id, DefaultVersion="2")
    change = account.plan(template()).changes[0]
    assert change.action is Action.UPDATE
    assert {"image", "http_tokens", "hop_limit"} <= change.fields.keys()


# Terraform


def labels(resources: Iterable[tuple[str, str, dict[str, Any]]]) -> list[str]:
    return [f"{kind}.{label}" for kind, label, _ in resources]


def test_a_table_is_several_resources_in_terraform() -> None:
    assert labels(RouteTable.example().terraform()) == [
        "aws_route_table.public",
        "aws_route.public-default",
        "aws_route_table_association.public-private-us-west-2a",
    ]


def test_the_rule_that_lets_everything_out_stands_alone_in_terraform() -> None:
    assert labels(group("node").terraform()) == [
        "aws_security_group.node",
        "aws_vpc_security_group_egress_rule.node-all",
    ]
    assert labels(group("node", egress="none").terraform()) == ["aws_security_group.node"]


def test_a_template_in_terraform_names_only_what_it_has() -> None:
    arguments = template(user_data="hello", market="spot").terraform()[0][2]
    assert arguments["user_data"] == "aGVsbG8="
    assert arguments["instance_market_options"] == [{"market_type": "spot"}]
    assert "capacity_reservation_specification" not in arguments
    block = template(capacity_reservation="cr-1").terraform()[0][2]["capacity_reservation_specification"]
    assert block == [{"capacity_reservation_target": [{"capacity_reservation_id": "cr-1"}]}]

"""The route table: where packets of its subnets go. Routes and associations are part of it, one call each.

Routes that AWS keeps itself are none of our business: the local one, and those that a gateway endpoint adds.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, ClassVar

from eksgpu.engine.mark import NAME_TAG
from eksgpu.engine.refs import Ref
from eksgpu.engine.resource import Effect, Live, OnChange, Resource
from eksgpu.errors import AlreadyExists, NotFound

from .associations import associate, associated
from .ec2 import compared_tags, owned, tag_specifications, update_tags
from .route_target import destination, target_argument, target_of, target_parameter
from .run import AwsRun, tag_map
from .tokens import client_token

Route = tuple[str, Ref | str]


@dataclass(frozen=True)
class RouteTable(Resource):
    """A route table.

    routes:  pairs of destination CIDR and target: `("0.0.0.0/0", Ref("nat_gateway/us-west-2a"))`.
    subnets: the subnets it is for; one that another of our tables had is taken over without a gap.
    """

    vpc: Ref | str
    routes: tuple[Route, ...] = ()
    subnets: tuple[Ref | str, ...] = ()

    kind: ClassVar[str] = "route_table"
    successors_first: ClassVar[bool] = True  # no subnet is without its way out when tables are exchanged
    permissions: ClassVar[frozenset[str]] = frozenset({
        "ec2:CreateRouteTable", "ec2:DescribeRouteTables", "ec2:DeleteRouteTable",
        "ec2:CreateRoute", "ec2:ReplaceRoute", "ec2:DeleteRoute",
        "ec2:AssociateRouteTable", "ec2:DisassociateRouteTable", "ec2:ReplaceRouteTableAssociation",
        "ec2:CreateTags", "ec2:DeleteTags",
    })  # fmt: skip
    changes: ClassVar[Mapping[str, OnChange]] = {
        "vpc": OnChange(Effect.RECREATE, "a route table cannot move to another VPC"),
        "routes": OnChange(unordered=True, sample=()),
        "subnets": OnChange(unordered=True, sample=()),
        "tags": OnChange(sample={"team": "b"}),
    }
    searches: ClassVar[int] = 3

    @classmethod
    def discover(cls, run: AwsRun) -> list[Live]:
        return [_live(run, table) for table in owned(run, "describe_route_tables", "RouteTables")]

    @classmethod
    def read(cls, run: AwsRun, live: Live) -> Live | None:
        return _live(run, _table(run, live))

    def create(self, run: AwsRun) -> Live:
        made = run.aws.ec2.create_route_table(
            VpcId=self.vpc,
            ClientToken=client_token(run, self),
            TagSpecifications=tag_specifications(run, self, "route-table"),
        )
        return _live(run, made["RouteTable"])

    def update(self, run: AwsRun, live: Live, changed: frozenset[str]) -> Live:
        if "routes" in changed:
            _set_routes(run, live, dict(self.routes))
        if "subnets" in changed:
            _set_subnets(run, live, self.subnets)
        if "tags" in changed:
            update_tags(run, live, self.tags)
        return self.taken(live, changed)

    @classmethod
    def delete(cls, run: AwsRun, live: Live) -> None:
        _disassociate(run, list(associated(_table(run, live)).values()))
        run.aws.ec2.delete_route_table(RouteTableId=live.id)

    def terraform(self) -> list[tuple[str, str, dict[str, Any]]]:
        table: dict[str, Any] = {"vpc_id": self.vpc, "tags": {"Name": self.name, **self.tags}}
        own = Ref(self.identity)
        routes = [
            ("aws_route", f"{self.name}-{_label(cidr)}", {
                "route_table_id": own, f"destination_{_family(cidr)}cidr_block": cidr, target_argument(target): target,
            })
            for cidr, target in self.routes
        ]  # fmt: skip
        subnets = [
            ("aws_route_table_association", f"{self.name}-{_subnet_name(subnet)}", {
                "route_table_id": own, "subnet_id": subnet,
            })
            for subnet in self.subnets
        ]  # fmt: skip
        return [("aws_route_table", self.name, table), *routes, *subnets]

    @classmethod
    def example(cls) -> "RouteTable":
        return cls(
            "public",
            vpc=Ref("vpc/main"),
            routes=(("0.0.0.0/0", Ref("internet_gateway/main")),),
            subnets=(Ref("subnet/private-us-west-2a"),),
        )

    @classmethod
    def example_graph(cls) -> tuple[Resource, ...]:
        from .internet_gateway import InternetGateway
        from .subnet import Subnet

        return (*InternetGateway.example_graph(), Subnet.example(), cls.example())


def _table(run: AwsRun, live: Live) -> dict[str, Any]:
    found: list[dict[str, Any]] = run.aws.ec2.describe_route_tables(RouteTableIds=[live.id])["RouteTables"]
    if not found:
        raise NotFound(f"the route table {live.id} is not there")
    return found[0]


def _set_routes(run: AwsRun, live: Live, wanted: dict[str, Any]) -> None:
    """Create, replace and delete routes until the table's own ones are `wanted` (CIDR to target id)."""
    now = dict(live.fields["routes"])
    for cidr, target in wanted.items():
        route = {"RouteTableId": live.id, **destination(cidr), **target_parameter(target)}
        if cidr not in now:
            _create_route(run, route)
        elif now[cidr] != target:
            run.aws.ec2.replace_route(**route)
    for cidr in sorted(now.keys() - wanted.keys()):
        with suppress(NotFound):
            run.aws.ec2.delete_route(RouteTableId=live.id, **destination(cidr))


def _create_route(run: AwsRun, route: dict[str, Any]) -> None:
    try:
        run.aws.ec2.create_route(**route)
    except AlreadyExists:  # made by an earlier try that reads do not show yet
        run.aws.ec2.replace_route(**route)


def _set_subnets(run: AwsRun, live: Live, wanted: tuple[Any, ...]) -> None:
    now: Mapping[str, str] = live.outputs["associations"]
    for subnet in wanted:
        if subnet not in now:
            associate(run, live.id, subnet)
    _disassociate(run, [association for subnet, association in now.items() if subnet not in wanted])


def _disassociate(run: AwsRun, associations: list[str]) -> None:
    for association in associations:
        with suppress(NotFound):  # another table took the subnet over meanwhile
            run.aws.ec2.disassociate_route_table(AssociationId=association)


def _family(cidr: str) -> str:
    return "ipv6_" if ":" in cidr else ""


def _label(cidr: str) -> str:
    if cidr in ("0.0.0.0/0", "::/0"):
        return "default" + ("-ipv6" if ":" in cidr else "")
    return "".join(letter if letter.isalnum() else "-" for letter in cidr)


def _subnet_name(subnet: Ref | str) -> str:
    return subnet.target.partition("/")[2] if isinstance(subnet, Ref) else subnet


def _live(run: AwsRun, table: dict[str, Any]) -> Live:
    tags = tag_map(table.get("Tags"))
    name = tags[NAME_TAG]
    routes = dict(filter(None, map(target_of, table.get("Routes", []))))
    subnets = associated(table)
    return Live(
        kind=RouteTable.kind,
        name=name,
        id=table["RouteTableId"],
        uses=frozenset({table["VpcId"], *routes.values(), *subnets}),
        fields={
            "vpc": table["VpcId"],
            "routes": tuple(sorted(routes.items())),
            "subnets": tuple(sorted(subnets)),
            "tags": compared_tags(run, name, tags),
        },
        outputs={"arn": run.arn("ec2", f"route-table/{table['RouteTableId']}"), "associations": subnets},
        tags=tags,
    )

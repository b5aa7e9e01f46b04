"""The VPC endpoint: AWS services without the way through NAT. Gateway endpoints (S3) are free, the others are not."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from eksgpu.catalog.price import price
from eksgpu.engine.mark import NAME_TAG
from eksgpu.engine.refs import Ref
from eksgpu.engine.resource import Effect, Live, OnChange, Resource, State
from eksgpu.errors import AlreadyExists

from .ec2 import compared_tags, owned, tag_specifications, update_tags
from .errors import meaning
from .run import AwsRun, tag_map
from .tokens import client_token

# EC2 writes them in lower case here and with a capital there.
STATES = {
    "pending": State.PENDING, "pendingacceptance": State.PENDING, "available": State.READY,
    "deleting": State.DELETING, "deleted": State.GONE,
    "failed": State.FAILED, "rejected": State.FAILED, "expired": State.FAILED, "partial": State.FAILED,
}  # fmt: skip
# Our field -> the word that Add…Ids and Remove…Ids have for it.
LISTS = {"route_tables": "RouteTable", "subnets": "Subnet", "security_groups": "SecurityGroup"}


@dataclass(frozen=True)
class VpcEndpoint(Resource):
    """An endpoint of one service.

    service:         the whole name, `com.amazonaws.us-west-2.s3`.
    route_tables:    of a Gateway endpoint: those that get a route to the service.
    subnets, security_groups, private_dns: of an Interface endpoint; private DNS needs both DNS attributes of the VPC.
    """

    vpc: Ref | str
    service: str
    type: Literal["Gateway", "Interface"] = "Gateway"
    route_tables: tuple[Ref | str, ...] | None = None
    subnets: tuple[Ref | str, ...] | None = None
    security_groups: tuple[Ref | str, ...] | None = None
    private_dns: bool | None = None

    kind: ClassVar[str] = "vpc_endpoint"
    permissions: ClassVar[frozenset[str]] = frozenset({
        "ec2:CreateVpcEndpoint", "ec2:DescribeVpcEndpoints", "ec2:ModifyVpcEndpoint", "ec2:DeleteVpcEndpoints",
        "ec2:CreateTags", "ec2:DeleteTags",
        "route53:AssociateVPCWithHostedZone",  # what private DNS implies
    })  # fmt: skip
    changes: ClassVar[Mapping[str, OnChange]] = {
        "vpc": OnChange(Effect.RECREATE, "an endpoint cannot move to another VPC"),
        # Two endpoints of one service cannot have the same route table or the same private name.
        "service": OnChange(
            Effect.RECREATE, "an endpoint is for one service", sample="com.amazonaws.us-west-2.dynamodb"
        ),
        "type": OnChange(Effect.RECREATE, "an endpoint keeps its type"),
        "route_tables": OnChange(unordered=True, sample=()),
        "subnets": OnChange(unordered=True),
        "security_groups": OnChange(unordered=True),
        "private_dns": OnChange(),
        "tags": OnChange(sample={"team": "b"}),
    }
    waits_gone: ClassVar[bool] = True
    deadline: ClassVar[float] = 900.0
    typical: ClassVar[str] = "ec2:gateway-endpoint:create"

    @classmethod
    def discover(cls, run: AwsRun) -> list[Live]:
        found = (_live(run, endpoint) for endpoint in owned(run, "describe_vpc_endpoints", "VpcEndpoints"))
        return [live for live in found if live.state is not State.GONE]

    @classmethod
    def read(cls, run: AwsRun, live: Live) -> Live | None:
        found = run.aws.ec2.describe_vpc_endpoints(VpcEndpointIds=[live.id])["VpcEndpoints"]
        return _live(run, found[0]) if found else None

    def create(self, run: AwsRun) -> Live:
        settings = {
            "RouteTableIds": self.route_tables,
            "SubnetIds": self.subnets,
            "SecurityGroupIds": self.security_groups,
            "PrivateDnsEnabled": self.private_dns,
        }
        specifications = tag_specifications(run, self, "vpc-endpoint")
        made = run.aws.ec2.create_vpc_endpoint(
            VpcId=self.vpc,
            ServiceName=self.service,
            VpcEndpointType=self.type,
            ClientToken=client_token(run, self),
            TagSpecifications=specifications,
            **{name: value for name, value in settings.items() if value not in (None, ())},
        )
        return _live(run, {"Tags": specifications[0]["Tags"], **made["VpcEndpoint"]})

    def update(self, run: AwsRun, live: Live, changed: frozenset[str]) -> None:
        modified = self._modified(live, changed)
        if modified:
            with suppress(AlreadyExists):  # a route made by an earlier try that reads do not show yet
                run.aws.ec2.modify_vpc_endpoint(VpcEndpointId=live.id, **modified)
        if "tags" in changed:
            update_tags(run, live, self.tags)

    @classmethod
    def delete(cls, run: AwsRun, live: Live) -> None:
        # The call succeeds even when nothing was deleted.
        for failure in run.aws.ec2.delete_vpc_endpoints(VpcEndpointIds=[live.id]).get("Unsuccessful", []):
            code, text = failure["Error"]["Code"], failure["Error"]["Message"]
            operation = "ec2:DeleteVpcEndpoints"
            raise meaning(code, text)(f"{operation}: {code}: {text}", code=code, operation=operation)

    @classmethod
    def usd_per_day(cls, live: Live) -> float:
        if live.fields["type"] != "Interface":
            return 0.0
        return price("interfaceEndpoint").money(len(live.fields["subnets"])).usd_per_day

    def terraform(self) -> list[tuple[str, str, dict[str, Any]]]:
        arguments = {
            "vpc_id": self.vpc,
            "service_name": self.service,
            "vpc_endpoint_type": self.type,
            "route_table_ids": self.route_tables,
            "subnet_ids": self.subnets,
            "security_group_ids": self.security_groups,
            "private_dns_enabled": self.private_dns,
            "tags": {"Name": self.name, **self.tags},
        }
        return [
            ("aws_vpc_endpoint", self.name, {name: value for name, value in arguments.items() if value is not None})
        ]

    @classmethod
    def example(cls) -> "VpcEndpoint":
        return cls(
            "s3",
            vpc=Ref("vpc/main"),
            service="com.amazonaws.us-west-2.s3",
            route_tables=(Ref("route_table/public"),),
        )

    @classmethod
    def example_graph(cls) -> tuple[Resource, ...]:
        from .route_table import RouteTable

        return (*RouteTable.example_graph(), cls.example())

    def _modified(self, live: Live, changed: frozenset[str]) -> dict[str, Any]:
        """The parameters of ModifyVpcEndpoint that make `live` so."""
        modified: dict[str, Any] = {}
        for name, word in LISTS.items():
            if name in changed:
                wanted, now = set(getattr(self, name)), set(live.fields[name])
                lists = {f"Add{word}Ids": sorted(wanted - now), f"Remove{word}Ids": sorted(now - wanted)}
                modified |= {parameter: ids for parameter, ids in lists.items() if ids}
        if "private_dns" in changed:
            modified["PrivateDnsEnabled"] = self.private_dns
        return modified


def _live(run: AwsRun, endpoint: dict[str, Any]) -> Live:
    tags = tag_map(endpoint.get("Tags"))
    name = tags[NAME_TAG]
    lists = {
        "route_tables": tuple(sorted(endpoint.get("RouteTableIds", []))),
        "subnets": tuple(sorted(endpoint.get("SubnetIds", []))),
        "security_groups": tuple(sorted(group["GroupId"] for group in endpoint.get("Groups", []))),
    }
    error = endpoint.get("LastError", {})
    return Live(
        kind=VpcEndpoint.kind,
        name=name,
        id=endpoint["VpcEndpointId"],
        state=STATES.get(endpoint["State"].lower(), State.PENDING),
        uses=frozenset({endpoint["VpcId"]}.union(*lists.values())),
        fields={
            "vpc": endpoint["VpcId"],
            "service": endpoint["ServiceName"],
            "type": endpoint.get("VpcEndpointType", "Gateway"),
            **lists,
            "private_dns": endpoint.get("PrivateDnsEnabled", False),
            "tags": compared_tags(run, name, tags),
        },
        outputs={"arn": run.arn("ec2", f"vpc-endpoint/{endpoint['VpcEndpointId']}")},
        tags=tags,
        created=str(endpoint.get("CreationTimestamp", "")),
        reason=": ".join(filter(None, (error.get("Code"), error.get("Message"), endpoint.get("FailureReason")))),
    )

"""The internet gateway: the VPC's door to the internet. EC2 makes it alone; attaching it is a second call."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from eksgpu.engine.mark import NAME_TAG
from eksgpu.engine.refs import Ref
from eksgpu.engine.resource import Live, OnChange, Resource, State
from eksgpu.errors import CloudError

from .ec2 import compared_tags, owned, tag_specifications, update_tags
from .in_the_way import ADDRESSED, in_the_way
from .run import AwsRun, tag_map

NOT_ATTACHED = "Gateway.NotAttached"
ALREADY = "Resource.AlreadyAssociated"


@dataclass(frozen=True)
class InternetGateway(Resource):
    """An internet gateway attached to one VPC. It is ready for others once attached."""

    vpc: Ref | str

    kind: ClassVar[str] = "internet_gateway"
    permissions: ClassVar[frozenset[str]] = frozenset({
        "ec2:CreateInternetGateway", "ec2:DescribeInternetGateways", "ec2:AttachInternetGateway",
        "ec2:DetachInternetGateway", "ec2:DeleteInternetGateway", "ec2:CreateTags", "ec2:DeleteTags",
    })  # fmt: skip
    changes: ClassVar[Mapping[str, OnChange]] = {
        "vpc": OnChange(why="it is attached to the VPC, and detached from another one first"),
        "tags": OnChange(sample={"team": "b"}),
    }
    # Detaching is refused for as long as any address in the VPC is mapped to a public one.
    deadline: ClassVar[float] = 2400.0
    searches: ClassVar[int] = 3
    typical: ClassVar[str] = "ec2:internet-gateway:create"

    @classmethod
    def discover(cls, run: AwsRun) -> list[Live]:
        return [_live(run, gateway) for gateway in owned(run, "describe_internet_gateways", "InternetGateways")]

    @classmethod
    def read(cls, run: AwsRun, live: Live) -> Live | None:
        found = run.aws.ec2.describe_internet_gateways(InternetGatewayIds=[live.id])["InternetGateways"]
        return _live(run, found[0]) if found else None

    def create(self, run: AwsRun) -> Live:
        made = run.aws.ec2.create_internet_gateway(TagSpecifications=tag_specifications(run, self, "internet-gateway"))
        return _live(run, made["InternetGateway"])

    def update(self, run: AwsRun, live: Live, changed: frozenset[str]) -> Live:
        if "vpc" in changed:
            _detach(run, live)
            _attach(run, live, str(self.vpc))
        if "tags" in changed:
            update_tags(run, live, self.tags)
        return self.taken(live, changed)

    @classmethod
    def delete(cls, run: AwsRun, live: Live) -> None:
        _detach(run, live)
        run.aws.ec2.delete_internet_gateway(InternetGatewayId=live.id)

    @classmethod
    def in_vain(cls, run: AwsRun, live: Live) -> str | None:
        vpc = live.fields["vpc"]
        return in_the_way(run, vpc, vpc, ADDRESSED) if vpc else None

    def terraform(self) -> list[tuple[str, str, dict[str, Any]]]:
        return [
            ("aws_internet_gateway", self.name, {"vpc_id": self.vpc, "tags": {"Name": self.name, **self.tags}})
        ]  # fmt: skip

    @classmethod
    def example(cls) -> "InternetGateway":
        return cls("main", vpc=Ref("vpc/main"))

    @classmethod
    def example_graph(cls) -> tuple[Resource, ...]:
        from .vpc import Vpc

        return (*Vpc.example_graph(), cls.example())


def _attach(run: AwsRun, live: Live, vpc: str) -> None:
    try:
        run.aws.ec2.attach_internet_gateway(InternetGatewayId=live.id, VpcId=vpc)
    except CloudError as error:
        # An earlier try, not visible to reads yet; a VPC that has another gateway gives the same code.
        if error.code != ALREADY or live.id not in error.message:
            raise


def _detach(run: AwsRun, live: Live) -> None:
    """Detach it from the VPC it was seen attached to; fine when an earlier try has done so already."""
    if not live.fields["vpc"]:
        return
    try:
        run.aws.ec2.detach_internet_gateway(InternetGatewayId=live.id, VpcId=live.fields["vpc"])
    except CloudError as error:
        if error.code != NOT_ATTACHED:
            raise


def _live(run: AwsRun, gateway: dict[str, Any]) -> Live:
    tags = tag_map(gateway.get("Tags"))
    name = tags[NAME_TAG]
    attached = {
        one["VpcId"]: one.get("State")
        for one in gateway.get("Attachments", [])
        if one.get("State") not in ("detaching", "detached")
    }
    return Live(
        kind=InternetGateway.kind,
        name=name,
        id=gateway["InternetGatewayId"],
        state=State.PENDING if "attaching" in attached.values() else State.READY,
        uses=frozenset(attached),
        fields={"vpc": next(iter(attached), ""), "tags": compared_tags(run, name, tags)},
        outputs={"arn": run.arn("ec2", f"internet-gateway/{gateway['InternetGatewayId']}")},
        tags=tags,
    )

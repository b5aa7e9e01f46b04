"""The subnet: a share of the VPC in one zone. Which CIDR it gets and what its tags say is the blueprint's to know."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from eksgpu.engine.mark import NAME_TAG
from eksgpu.engine.refs import Ref
from eksgpu.engine.resource import Effect, Live, OnChange, Resource, State

from .ec2 import compared_tags, owned, tag_specifications, update_tags
from .in_the_way import in_the_way
from .run import AwsRun, tag_map


@dataclass(frozen=True)
class Subnet(Resource):
    """A subnet in one zone; `public` ones give every instance a public address."""

    vpc: Ref | str
    cidr: str
    zone: str
    public: bool = False

    kind: ClassVar[str] = "subnet"
    permissions: ClassVar[frozenset[str]] = frozenset({
        "ec2:CreateSubnet", "ec2:DescribeSubnets", "ec2:ModifySubnetAttribute", "ec2:DeleteSubnet",
        "ec2:CreateTags", "ec2:DeleteTags",
    })  # fmt: skip
    changes: ClassVar[Mapping[str, OnChange]] = {
        "vpc": OnChange(Effect.RECREATE, "a subnet cannot move to another VPC"),
        "cidr": OnChange(Effect.RECREATE, "a subnet keeps its CIDR for life", sample="10.0.240.0/24"),
        # The CIDR is taken until the old one is gone.
        "zone": OnChange(Effect.RECREATE, "a subnet cannot move to another zone", sample="us-west-2b"),
        "public": OnChange(sample=True),
        "tags": OnChange(sample={"team": "b"}),
    }
    # Interfaces of load balancers and of dead nodes may hold it for many minutes.
    deadline: ClassVar[float] = 2400.0
    searches: ClassVar[int] = 3
    typical: ClassVar[str] = "ec2:subnet:create"

    @classmethod
    def discover(cls, run: AwsRun) -> list[Live]:
        return [_live(run, subnet) for subnet in owned(run, "describe_subnets", "Subnets")]

    @classmethod
    def read(cls, run: AwsRun, live: Live) -> Live | None:
        found = run.aws.ec2.describe_subnets(SubnetIds=[live.id])["Subnets"]
        return _live(run, found[0]) if found else None

    def create(self, run: AwsRun) -> Live:
        made = run.aws.ec2.create_subnet(
            VpcId=self.vpc,
            CidrBlock=self.cidr,
            AvailabilityZone=self.zone,
            TagSpecifications=tag_specifications(run, self, "subnet"),
        )
        return _live(run, made["Subnet"])

    def update(self, run: AwsRun, live: Live, changed: frozenset[str]) -> Live:
        if "public" in changed:
            run.aws.ec2.modify_subnet_attribute(SubnetId=live.id, MapPublicIpOnLaunch={"Value": self.public})
        if "tags" in changed:
            update_tags(run, live, self.tags)
        return self.taken(live, changed)

    @classmethod
    def delete(cls, run: AwsRun, live: Live) -> None:
        run.aws.ec2.delete_subnet(SubnetId=live.id)

    @classmethod
    def in_vain(cls, run: AwsRun, live: Live) -> str | None:
        return in_the_way(run, live.fields["vpc"], live.id)

    def terraform(self) -> list[tuple[str, str, dict[str, Any]]]:
        arguments = {
            "vpc_id": self.vpc,
            "cidr_block": self.cidr,
            "availability_zone": self.zone,
            "map_public_ip_on_launch": self.public,
            "tags": {"Name": self.name, **self.tags},
        }
        return [("aws_subnet", self.name, arguments)]

    @classmethod
    def example(cls) -> "Subnet":
        return cls("private-us-west-2a", vpc=Ref("vpc/main"), cidr="10.0.0.0/20", zone="us-west-2a")

    @classmethod
    def example_graph(cls) -> tuple[Resource, ...]:
        from .vpc import Vpc

        return (*Vpc.example_graph(), cls.example())


def _live(run: AwsRun, subnet: dict[str, Any]) -> Live:
    tags = tag_map(subnet.get("Tags"))
    name = tags[NAME_TAG]
    return Live(
        kind=Subnet.kind,
        name=name,
        id=subnet["SubnetId"],
        state=State.READY if subnet.get("State", "available") == "available" else State.PENDING,
        uses=frozenset({subnet["VpcId"]}),
        fields={
            "vpc": subnet["VpcId"],
            "cidr": subnet["CidrBlock"],
            "zone": subnet["AvailabilityZone"],
            "public": subnet.get("MapPublicIpOnLaunch", False),
            "tags": compared_tags(run, name, tags),
        },
        outputs={"arn": run.arn("ec2", f"subnet/{subnet['SubnetId']}"), "zone": subnet["AvailabilityZone"]},
        tags=tags,
    )

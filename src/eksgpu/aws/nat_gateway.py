"""The NAT gateway: how private nodes reach registries and AWS. It is the dearest idle part of a small cluster."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from eksgpu.catalog.price import price
from eksgpu.engine.mark import NAME_TAG
from eksgpu.engine.refs import Ref
from eksgpu.engine.resource import Effect, Live, OnChange, Resource, State

from .ec2 import compared_tags, owned, tag_specifications, update_tags
from .run import AwsRun, tag_map
from .tokens import client_token

STATES = {"pending": State.PENDING, "available": State.READY, "deleting": State.DELETING, "failed": State.FAILED}


@dataclass(frozen=True)
class NatGateway(Resource):
    """A public NAT gateway with its elastic IP. It wants the internet gateway attached: say so in `after`."""

    subnet: Ref
    address: Ref

    kind: ClassVar[str] = "nat_gateway"
    permissions: ClassVar[frozenset[str]] = frozenset({
        "ec2:CreateNatGateway", "ec2:DescribeNatGateways", "ec2:DeleteNatGateway", "ec2:CreateTags", "ec2:DeleteTags",
    })  # fmt: skip
    changes: ClassVar[Mapping[str, OnChange]] = {
        "subnet": OnChange(Effect.RECREATE, "a NAT gateway cannot move"),
        # An address serves one gateway at a time, so the old one must let go first.
        "address": OnChange(Effect.RECREATE, "a NAT gateway keeps its address"),
        "tags": OnChange(sample={"team": "b"}),
    }
    gone_before: ClassVar[tuple[str, ...]] = ("internet_gateway", "elastic_ip")
    waits_gone: ClassVar[bool] = True
    deadline: ClassVar[float] = 600.0
    typical: ClassVar[str] = "ec2:nat:create"

    @classmethod
    def discover(cls, run: AwsRun) -> list[Live]:
        # Deleted gateways stay listed for an hour.
        found = owned(run, "describe_nat_gateways", "NatGateways")
        return [_live(run, nat) for nat in found if nat["State"] != "deleted"]

    @classmethod
    def read(cls, run: AwsRun, live: Live) -> Live | None:
        found = run.aws.ec2.describe_nat_gateways(NatGatewayIds=[live.id])["NatGateways"]
        return _live(run, found[0]) if found and found[0]["State"] != "deleted" else None

    def create(self, run: AwsRun) -> Live:
        made = run.aws.ec2.create_nat_gateway(
            SubnetId=self.subnet,
            AllocationId=self.address,
            ClientToken=client_token(run, self),
            TagSpecifications=tag_specifications(run, self, "natgateway"),
        )
        return _live(run, made["NatGateway"])

    def update(self, run: AwsRun, live: Live, changed: frozenset[str]) -> None:
        update_tags(run, live, self.tags)

    @classmethod
    def delete(cls, run: AwsRun, live: Live) -> None:
        run.aws.ec2.delete_nat_gateway(NatGatewayId=live.id)

    @classmethod
    def usd_per_day(cls, live: Live) -> float:
        return price("natGateway").money().usd_per_day

    def terraform(self) -> list[tuple[str, str, dict[str, Any]]]:
        arguments = {"subnet_id": self.subnet, "allocation_id": self.address, "tags": {"Name": self.name, **self.tags}}
        return [("aws_nat_gateway", self.name, arguments)]

    @classmethod
    def example(cls) -> "NatGateway":
        return cls(
            "us-west-2a",
            subnet=Ref("subnet/public-us-west-2a"),
            address=Ref("elastic_ip/nat-us-west-2a"),
            after=(Ref("internet_gateway/main"),),
        )

    @classmethod
    def example_graph(cls) -> tuple[Resource, ...]:
        from .elastic_ip import ElasticIp
        from .internet_gateway import InternetGateway
        from .subnet import Subnet

        address = ElasticIp("nat-us-west-2a")
        public = Subnet("public-us-west-2a", vpc=Ref("vpc/main"), cidr="10.0.128.0/24", zone="us-west-2a", public=True)
        return (*InternetGateway.example_graph(), public, address, cls.example())


def _live(run: AwsRun, nat: dict[str, Any]) -> Live:
    tags = tag_map(nat.get("Tags"))
    name = tags[NAME_TAG]
    addresses = nat.get("NatGatewayAddresses", [])
    allocation = addresses[0].get("AllocationId", "") if addresses else ""
    return Live(
        kind=NatGateway.kind,
        name=name,
        id=nat["NatGatewayId"],
        state=STATES.get(nat["State"], State.PENDING),
        uses=frozenset(filter(None, (nat["SubnetId"], nat["VpcId"], allocation))),
        fields={"subnet": nat["SubnetId"], "address": allocation, "tags": compared_tags(run, name, tags)},
        outputs={"public_ip": addresses[0].get("PublicIp", "") if addresses else ""},
        tags=tags,
        created=str(nat.get("CreateTime", "")),
        reason=": ".join(filter(None, (nat.get("FailureCode"), nat.get("FailureMessage")))),
    )

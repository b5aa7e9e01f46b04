"""The VPC: the network that everything else of the cluster stands in."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from eksgpu.engine.resource import Effect, Live, OnChange, Resource, State

from .ec2 import compared_tags, owned, tag_specifications, update_tags
from .in_the_way import in_the_way
from .run import AwsRun, tag_map

ATTRIBUTES = {"dns_support": "enableDnsSupport", "dns_hostnames": "enableDnsHostnames"}


@dataclass(frozen=True)
class Vpc(Resource):
    """A VPC with DNS on: nodes and the control plane find each other by private names."""

    cidr: str
    dns_support: bool = True
    dns_hostnames: bool = True

    kind: ClassVar[str] = "vpc"
    permissions: ClassVar[frozenset[str]] = frozenset({
        "ec2:CreateVpc", "ec2:DescribeVpcs", "ec2:DescribeVpcAttribute", "ec2:ModifyVpcAttribute", "ec2:DeleteVpc",
        "ec2:CreateTags", "ec2:DeleteTags",
    })  # fmt: skip
    changes: ClassVar[Mapping[str, OnChange]] = {
        "cidr": OnChange(Effect.FORBIDDEN, "a VPC keeps its primary CIDR for life", sample="10.1.0.0/16"),
        "dns_support": OnChange(),
        "dns_hostnames": OnChange(sample=False),
        "tags": OnChange(sample={"team": "b"}),
    }
    searches: ClassVar[int] = 3
    typical: ClassVar[str] = "ec2:vpc:create"

    @classmethod
    def discover(cls, run: AwsRun) -> list[Live]:
        return [_live(run, vpc) for vpc in owned(run, "describe_vpcs", "Vpcs")]

    @classmethod
    def read(cls, run: AwsRun, live: Live) -> Live | None:
        found = run.aws.ec2.describe_vpcs(VpcIds=[live.id])["Vpcs"]
        return _live(run, found[0]) if found else None

    def create(self, run: AwsRun) -> Live:
        made = run.aws.ec2.create_vpc(
            CidrBlock=self.cidr, TagSpecifications=tag_specifications(run, self, "vpc")
        )  # fmt: skip
        return _live(run, made["Vpc"], attributes={"dns_support": True, "dns_hostnames": False})

    def update(self, run: AwsRun, live: Live, changed: frozenset[str]) -> Live:
        for name, attribute in ATTRIBUTES.items():
            if name in changed:  # EC2 takes one attribute a call
                parameter = attribute[0].upper() + attribute[1:]
                run.aws.ec2.modify_vpc_attribute(VpcId=live.id, **{parameter: {"Value": getattr(self, name)}})
        if "tags" in changed:
            update_tags(run, live, self.tags)
        return self.taken(live, changed)

    @classmethod
    def delete(cls, run: AwsRun, live: Live) -> None:
        run.aws.ec2.delete_vpc(VpcId=live.id)

    @classmethod
    def in_vain(cls, run: AwsRun, live: Live) -> str | None:
        return in_the_way(run, live.id, live.id)

    def terraform(self) -> list[tuple[str, str, dict[str, Any]]]:
        arguments = {
            "cidr_block": self.cidr,
            "enable_dns_support": self.dns_support,
            "enable_dns_hostnames": self.dns_hostnames,
            "tags": {"Name": self.name, **self.tags},
        }
        return [("aws_vpc", self.name, arguments)]

    @classmethod
    def example(cls) -> "Vpc":
        return cls("main", cidr="10.0.0.0/16")


def _live(run: AwsRun, vpc: dict[str, Any], attributes: Mapping[str, bool] | None = None) -> Live:
    tags = tag_map(vpc.get("Tags"))
    name = tags["eksgpu.dev/name"]
    known = attributes if attributes is not None else _attributes(run, vpc["VpcId"])
    return Live(
        kind=Vpc.kind,
        name=name,
        id=vpc["VpcId"],
        state=State.READY if vpc.get("State", "available") == "available" else State.PENDING,
        fields={"cidr": vpc["CidrBlock"], **known, "tags": compared_tags(run, name, tags)},
        outputs={"arn": run.arn("ec2", f"vpc/{vpc['VpcId']}")},
        tags=tags,
    )


def _attributes(run: AwsRun, vpc_id: str) -> dict[str, bool]:
    # DescribeVpcs does not tell them; one call each.
    return {
        name: run.aws.ec2.describe_vpc_attribute(VpcId=vpc_id, Attribute=attribute)[parameter]["Value"]
        for name, attribute in ATTRIBUTES.items()
        for parameter in [attribute[0].upper() + attribute[1:]]
    }

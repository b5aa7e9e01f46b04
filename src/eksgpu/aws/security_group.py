"""The security group: a name for a set of interfaces. Its rules are a kind of their own: groups may name each other.

Only the rule that EC2 puts into every new group (everything may go out) belongs to the group itself.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from eksgpu.engine.mark import INCARNATION_TAG, NAME_TAG
from eksgpu.engine.refs import Ref
from eksgpu.engine.resource import Effect, Live, OnChange, Resource
from eksgpu.errors import AlreadyExists, NotFound

from .ec2 import compared_tags, owned, tag_specifications, update_tags
from .in_the_way import in_the_way
from .run import AwsRun, tag_map

NAME_LIMIT = 255
ANYWHERE = "0.0.0.0/0"
EVERYTHING_OUT = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": ANYWHERE}]}


@dataclass(frozen=True)
class SecurityGroup(Resource):
    """A security group of one VPC.

    description: at most 255 characters; EC2 cannot change it.
    egress:      "all" keeps the rule that lets everything out, "none" removes it.
    """

    vpc: Ref | str
    description: str
    egress: Literal["all", "none"] = "all"

    kind: ClassVar[str] = "security_group"
    permissions: ClassVar[frozenset[str]] = frozenset({
        "ec2:CreateSecurityGroup", "ec2:DescribeSecurityGroups", "ec2:DeleteSecurityGroup",
        "ec2:AuthorizeSecurityGroupEgress", "ec2:RevokeSecurityGroupEgress", "ec2:CreateTags", "ec2:DeleteTags",
    })  # fmt: skip
    changes: ClassVar[Mapping[str, OnChange]] = {
        "vpc": OnChange(Effect.REPLACE, "a security group cannot move to another VPC"),
        "description": OnChange(Effect.REPLACE, "a group keeps its description for life", sample="other words"),
        "egress": OnChange(sample="none"),
        "tags": OnChange(sample={"team": "b"}),
    }
    # Interfaces of load balancers and of dead nodes may hold it for many minutes.
    deadline: ClassVar[float] = 2400.0

    @classmethod
    def discover(cls, run: AwsRun) -> list[Live]:
        return [_live(run, group) for group in owned(run, "describe_security_groups", "SecurityGroups")]

    @classmethod
    def read(cls, run: AwsRun, live: Live) -> Live | None:
        found = run.aws.ec2.describe_security_groups(GroupIds=[live.id])["SecurityGroups"]
        return _live(run, found[0]) if found else None

    def create(self, run: AwsRun) -> Live:
        specifications = tag_specifications(run, self, "security-group")
        made = run.aws.ec2.create_security_group(
            GroupName=run.mark.physical(self.name, self.incarnation, limit=NAME_LIMIT),
            Description=self.description,
            VpcId=self.vpc,
            TagSpecifications=specifications,
        )
        group = {
            "GroupId": made["GroupId"],
            "VpcId": self.vpc,
            "Description": self.description,
            "IpPermissionsEgress": [EVERYTHING_OUT],
            "Tags": specifications[0]["Tags"],
        }
        return _live(run, group)  # the answer holds nothing but the id

    def update(self, run: AwsRun, live: Live, changed: frozenset[str]) -> None:
        if "egress" in changed:
            rule = {"GroupId": live.id, "IpPermissions": [EVERYTHING_OUT]}
            with suppress(AlreadyExists, NotFound):  # done by an earlier try that reads do not show yet
                if self.egress == "all":
                    run.aws.ec2.authorize_security_group_egress(**rule)
                else:
                    run.aws.ec2.revoke_security_group_egress(**rule)
        if "tags" in changed:
            update_tags(run, live, self.tags)

    @classmethod
    def delete(cls, run: AwsRun, live: Live) -> None:
        run.aws.ec2.delete_security_group(GroupId=live.id)

    @classmethod
    def in_vain(cls, run: AwsRun, live: Live) -> str | None:
        return in_the_way(run, live.fields["vpc"], live.id)

    def terraform(self) -> list[tuple[str, str, dict[str, Any]]]:
        arguments = {
            "name": self.name,
            "description": self.description,
            "vpc_id": self.vpc,
            "tags": {"Name": self.name, **self.tags},
        }
        group = ("aws_security_group", self.name, arguments)
        if self.egress == "none":
            return [group]
        # The provider removes EC2's own rule; as a nested block it would fight with rules that stand alone.
        rule = {"security_group_id": Ref(self.identity), "ip_protocol": "-1", "cidr_ipv4": ANYWHERE}
        return [group, ("aws_vpc_security_group_egress_rule", f"{self.name}-all", rule)]

    @classmethod
    def example(cls) -> "SecurityGroup":
        return cls("node", vpc=Ref("vpc/main"), description="Nodes of the cluster")

    @classmethod
    def example_graph(cls) -> tuple[Resource, ...]:
        from .vpc import Vpc

        return (*Vpc.example_graph(), cls.example())


def _live(run: AwsRun, group: dict[str, Any]) -> Live:
    tags = tag_map(group.get("Tags"))
    name = tags[NAME_TAG]
    return Live(
        kind=SecurityGroup.kind,
        name=name,
        id=group["GroupId"],
        uses=frozenset({group["VpcId"]}),
        fields={
            "vpc": group["VpcId"],
            "description": group["Description"],
            "egress": "all" if _lets_everything_out(group) else "none",
            "tags": compared_tags(run, name, tags),
        },
        outputs={"arn": run.arn("ec2", f"security-group/{group['GroupId']}")},
        tags=tags,
        incarnation=tags.get(INCARNATION_TAG, ""),
    )


def _lets_everything_out(group: dict[str, Any]) -> bool:
    """Whether EC2's own rule is there; it has no description, ours always have one."""
    return any(
        one.get("CidrIp") == ANYWHERE and not one.get("Description")
        for permission in group.get("IpPermissionsEgress", [])
        if permission.get("IpProtocol") == "-1"
        for one in permission.get("IpRanges", [])
    )

"""The security group rule: one direction, protocol, range of ports and peer. It has an id and tags of its own."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from eksgpu.engine.mark import INCARNATION_TAG, NAME_TAG
from eksgpu.engine.refs import Ref
from eksgpu.engine.resource import Effect, Live, OnChange, Resource

from .ec2 import compared_tags, owned, tag_specifications, update_tags
from .run import AwsRun, tag_map

ALL_PORTS = -1


@dataclass(frozen=True)
class SecurityGroupRule(Resource):
    """A rule of a group.

    source:      who it lets in or out to: a group (Ref or `sg-…`), an IPv4 or IPv6 CIDR, or a prefix list (`pl-…`).
    protocol:    `tcp`, `udp`, `icmp`, or `-1` for all; then both ports are -1.
    description: never empty, for a rule without one may be EC2's own.
    """

    group: Ref | str
    direction: Literal["ingress", "egress"]
    protocol: str
    source: Ref | str
    description: str
    from_port: int = ALL_PORTS
    to_port: int = ALL_PORTS

    kind: ClassVar[str] = "security_group_rule"
    permissions: ClassVar[frozenset[str]] = frozenset({
        "ec2:AuthorizeSecurityGroupIngress", "ec2:AuthorizeSecurityGroupEgress", "ec2:DescribeSecurityGroupRules",
        "ec2:ModifySecurityGroupRules", "ec2:RevokeSecurityGroupIngress", "ec2:RevokeSecurityGroupEgress",
        "ec2:CreateTags", "ec2:DeleteTags",
    })  # fmt: skip
    changes: ClassVar[Mapping[str, OnChange]] = {
        "group": OnChange(Effect.REPLACE, "a rule belongs to its group"),
        "direction": OnChange(Effect.REPLACE, "a rule keeps its direction", sample="egress"),
        # EC2 could change a CIDR into a CIDR, but not into a group: one way for all, the new rule first.
        "source": OnChange(Effect.REPLACE, "a rule keeps its peer", sample="10.0.0.0/8"),
        "protocol": OnChange(sample="udp"),
        "from_port": OnChange(sample=442),
        "to_port": OnChange(sample=444),
        "description": OnChange(sample="other words"),
        "tags": OnChange(sample={"team": "b"}),
    }

    @classmethod
    def discover(cls, run: AwsRun) -> list[Live]:
        return [_live(run, rule) for rule in owned(run, "describe_security_group_rules", "SecurityGroupRules")]

    @classmethod
    def read(cls, run: AwsRun, live: Live) -> Live | None:
        found = run.aws.ec2.describe_security_group_rules(SecurityGroupRuleIds=[live.id])["SecurityGroupRules"]
        return _live(run, found[0]) if found else None

    def create(self, run: AwsRun) -> Live:
        ec2 = run.aws.ec2
        ingress = self.direction == "ingress"
        authorize = ec2.authorize_security_group_ingress if ingress else ec2.authorize_security_group_egress
        specifications = tag_specifications(run, self, "security-group-rule")
        made = authorize(
            GroupId=self.group,
            IpPermissions=[{**self._ports(), **_permission(str(self.source), self.description)}],
            TagSpecifications=specifications,
        )
        return _live(run, {**made["SecurityGroupRules"][0], "Tags": specifications[0]["Tags"]})

    def update(self, run: AwsRun, live: Live, changed: frozenset[str]) -> None:
        if changed - {"tags"}:
            rule = {**_request(str(self.source)), "Description": self.description, **self._ports()}
            run.aws.ec2.modify_security_group_rules(
                GroupId=self.group, SecurityGroupRules=[{"SecurityGroupRuleId": live.id, "SecurityGroupRule": rule}]
            )
        if "tags" in changed:
            update_tags(run, live, self.tags)

    @classmethod
    def delete(cls, run: AwsRun, live: Live) -> None:
        ec2 = run.aws.ec2
        ingress = live.fields["direction"] == "ingress"
        revoke = ec2.revoke_security_group_ingress if ingress else ec2.revoke_security_group_egress
        revoke(GroupId=live.fields["group"], SecurityGroupRuleIds=[live.id])

    def terraform(self) -> list[tuple[str, str, dict[str, Any]]]:
        ports = {} if self.protocol == "-1" else {"from_port": self.from_port, "to_port": self.to_port}
        arguments = {
            "security_group_id": self.group,
            "ip_protocol": self.protocol,
            **ports,
            _terraform_source(self.source): self.source,
            "description": self.description,
            "tags": {"Name": self.name, **self.tags},
        }
        return [(f"aws_vpc_security_group_{self.direction}_rule", self.name, arguments)]

    @classmethod
    def example(cls) -> "SecurityGroupRule":
        return cls(
            "node-https",
            group=Ref("security_group/node"),
            direction="ingress",
            protocol="tcp",
            source=Ref("security_group/node"),
            description="Nodes among themselves",
            from_port=443,
            to_port=443,
        )

    @classmethod
    def example_graph(cls) -> tuple[Resource, ...]:
        from .security_group import SecurityGroup

        return (*SecurityGroup.example_graph(), cls.example())

    def _ports(self) -> dict[str, Any]:
        return {"IpProtocol": self.protocol, "FromPort": self.from_port, "ToPort": self.to_port}


def _family(source: str) -> str:
    """What a source is: `group`, `prefix list`, `ipv6` or `ipv4`."""
    if source.startswith("sg-"):
        return "group"
    if source.startswith("pl-"):
        return "prefix list"
    return "ipv6" if ":" in source else "ipv4"


def _permission(source: str, description: str) -> dict[str, Any]:
    """The peer as Authorize… wants it."""
    member, key = {
        "group": ("UserIdGroupPairs", "GroupId"),
        "prefix list": ("PrefixListIds", "PrefixListId"),
        "ipv6": ("Ipv6Ranges", "CidrIpv6"),
        "ipv4": ("IpRanges", "CidrIp"),
    }[_family(source)]
    return {member: [{key: source, "Description": description}]}


def _request(source: str) -> dict[str, str]:
    """The peer as ModifySecurityGroupRules wants it."""
    members = {"group": "ReferencedGroupId", "prefix list": "PrefixListId", "ipv6": "CidrIpv6", "ipv4": "CidrIpv4"}
    return {members[_family(source)]: source}


def _terraform_source(source: Ref | str) -> str:
    family = "group" if isinstance(source, Ref) else _family(source)
    arguments = {
        "group": "referenced_security_group_id", "prefix list": "prefix_list_id",
        "ipv6": "cidr_ipv6", "ipv4": "cidr_ipv4",
    }  # fmt: skip
    return arguments[family]


def _live(run: AwsRun, rule: dict[str, Any]) -> Live:
    tags = tag_map(rule.get("Tags"))
    name = tags[NAME_TAG]
    peer = rule.get("ReferencedGroupInfo", {}).get("GroupId", "")
    source = peer or rule.get("PrefixListId") or rule.get("CidrIpv6") or rule.get("CidrIpv4", "")
    return Live(
        kind=SecurityGroupRule.kind,
        name=name,
        id=rule["SecurityGroupRuleId"],
        uses=frozenset(filter(None, (rule["GroupId"], peer))),
        fields={
            "group": rule["GroupId"],
            "direction": "egress" if rule["IsEgress"] else "ingress",
            "protocol": rule["IpProtocol"],
            "from_port": rule.get("FromPort", ALL_PORTS),
            "to_port": rule.get("ToPort", ALL_PORTS),
            "source": source,
            "description": rule.get("Description", ""),
            "tags": compared_tags(run, name, tags),
        },
        tags=tags,
        incarnation=tags.get(INCARNATION_TAG, ""),
    )

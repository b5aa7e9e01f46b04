"""One security group rule: read from requests, compared, and shown, whatever moto's own object leaves out.

It must not know operations; `security_groups` does.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from moto.ec2.models.security_groups import SecurityGroupRule

from eksgpu.sandbox.ec2 import tags
from eksgpu.sandbox.overlay import Refused

PEERS = (
    ("CidrIpv4", "IpRanges", "CidrIp"),
    ("CidrIpv6", "Ipv6Ranges", "CidrIpv6"),
    ("PrefixListId", "PrefixListIds", "PrefixListId"),
    ("ReferencedGroupId", "UserIdGroupPairs", "GroupId"),
)
PROTOCOLS = {"6": "tcp", "17": "udp", "1": "icmp", "all": "-1"}


def requested(params: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The single rules of an Authorize or Revoke request: each has IpProtocol, ports, one peer and a Description."""
    if params.get("IpPermissions"):
        return [rule for permission in params["IpPermissions"] for rule in _flat(permission)]
    if params.get("CidrIp"):
        return [_rule(params, "CidrIpv4", params["CidrIp"], None)]
    return []


def make(moto: Any, group: Any, wanted: Mapping[str, Any], egress: bool) -> SecurityGroupRule:
    """moto's rule object for a wanted rule, not yet in its group."""
    described = {"Description": wanted["Description"]} if wanted.get("Description") else {}
    cidr = {"CidrIp": wanted.get("CidrIpv4"), "CidrIpv6": wanted.get("CidrIpv6")}
    ranges = {key: value for key, value in cidr.items() if value}
    peer = {}
    if wanted.get("ReferencedGroupId"):
        owner = {"OwnerId": moto.account_id, "UserId": moto.account_id}
        peer = {"GroupId": wanted["ReferencedGroupId"], **owner, **described}
    prefix = {"PrefixListId": wanted["PrefixListId"]} if wanted.get("PrefixListId") else None
    rule = SecurityGroupRule(
        moto,
        wanted["IpProtocol"],
        group.id,
        wanted.get("FromPort"),
        wanted.get("ToPort"),
        {**ranges, **described} if ranges else None,
        peer,
        prefix,
        is_egress=egress,
    )
    if prefix and described:
        rule.ip_range = described
    return rule


def identity(rule: Mapping[str, Any]) -> tuple[Any, ...]:
    """What makes two rules of one direction the same: protocol, ports and peer, not the description."""
    protocol = PROTOCOLS.get(str(rule["IpProtocol"]).lower(), str(rule["IpProtocol"]).lower())
    ports = (None, None) if protocol == "-1" else (rule.get("FromPort"), rule.get("ToPort"))
    return (protocol, *ports, *(rule.get(name) for name, _, _ in PEERS))


def wanted_of(rule: Any) -> dict[str, Any]:
    """The same form as `requested` gives, from moto's rule object."""
    return {
        "IpProtocol": rule.ip_protocol,
        "FromPort": rule.from_port,
        "ToPort": rule.to_port,
        "CidrIpv4": rule.cidr_ipv4,
        "CidrIpv6": rule.cidr_ipv6,
        "PrefixListId": rule.prefix_list_id,
        "ReferencedGroupId": rule.source_group.get("GroupId"),
        "Description": rule.ip_range.get("Description") or rule.source_group.get("Description"),
    }


def shown(moto: Any, region: str, rule: Any) -> dict[str, Any]:
    """A rule as DescribeSecurityGroupRules shows it: no port is -1, a referenced group comes with its account."""
    wanted = wanted_of(rule)
    referenced = wanted.pop("ReferencedGroupId")
    return {
        **wanted,
        "FromPort": -1 if rule.from_port is None else rule.from_port,
        "ToPort": -1 if rule.to_port is None else rule.to_port,
        "SecurityGroupRuleId": rule.id,
        "GroupId": rule.group_id,
        "GroupOwnerId": moto.account_id,
        "IsEgress": rule.is_egress,
        "ReferencedGroupInfo": {"GroupId": referenced, "UserId": moto.account_id} if referenced else None,
        "SecurityGroupRuleArn": f"arn:aws:ec2:{region}:{moto.account_id}:security-group-rule/{rule.id}",
        "Tags": tags.shown(moto, rule.id),
    }


def duplicate(wanted: Mapping[str, Any]) -> Refused:
    """The refusal of a rule that is there already, in EC2's words."""
    peer = next((str(wanted[name]) for name, _, _ in PEERS if wanted.get(name)), "")
    protocol = identity(wanted)[0]
    ports = ""
    if protocol != "-1":
        ports = f", from port: {wanted.get('FromPort')}, to port: {wanted.get('ToPort')}"
    name = "ALL" if protocol == "-1" else str(protocol).upper()
    return Refused(
        "InvalidPermission.Duplicate", f'the specified rule "peer: {peer}, {name}{ports}, ALLOW" already exists'
    )


def _flat(permission: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for name, member, key in PEERS:
        for peer in permission.get(member) or ():
            yield _rule(permission, name, peer.get(key), peer.get("Description"))


def _rule(permission: Mapping[str, Any], name: str, value: str | None, description: str | None) -> dict[str, Any]:
    protocol = permission.get("IpProtocol")
    if protocol is None or value is None:
        raise Refused(
            "MissingParameter", f"The request must contain the parameter {name if protocol else 'ipProtocol'}"
        )
    if str(protocol) in ("tcp", "udp", "6", "17") and permission.get("FromPort") is None:
        raise Refused(
            "InvalidParameterValue",
            "Invalid value for portRange. Must specify both from and to ports with TCP/UDP.",
        )
    return {
        "IpProtocol": str(protocol),
        "FromPort": permission.get("FromPort"),
        "ToPort": permission.get("ToPort"),
        name: value,
        "Description": description,
    }

"""Security group rules as objects of their own: authorised all or nothing, changed and revoked by id, with tags.

moto adds the first rules of a request that it then refuses, and forgets descriptions and referenced groups.
"""

import ipaddress
from collections.abc import Mapping
from typing import Any

from moto.ec2.exceptions import InvalidSecurityGroupNotFoundError

from eksgpu.sandbox.ec2 import rules, tags
from eksgpu.sandbox.ec2.backend import backend
from eksgpu.sandbox.ec2.front import ec2
from eksgpu.sandbox.ec2.listing import Listing, listed
from eksgpu.sandbox.ec2.network import all_groups
from eksgpu.sandbox.ec2.quota import refuse_over
from eksgpu.sandbox.overlay import Call, Refused

LISTING = Listing(
    "SecurityGroupRules",
    "SecurityGroupRuleId",
    "SecurityGroupRuleIds",
    ("InvalidSecurityGroupRuleId.NotFound", "The security group rule ID '{}' does not exist"),
    {"group-id": "GroupId", "security-group-rule-id": "SecurityGroupRuleId"},
)


@ec2("DescribeSecurityGroupRules")
def describe_security_group_rules(call: Call) -> dict[str, Any]:
    """Every rule of every group."""
    moto = backend(call.world, call.region)
    found = [rule for group in all_groups(moto) for rule in [*group.egress_rules, *group.ingress_rules]]
    return listed(call, LISTING, [rules.shown(moto, call.region, rule) for rule in found])


@ec2("AuthorizeSecurityGroupIngress", "AuthorizeSecurityGroupEgress")
def authorize(call: Call) -> dict[str, Any]:
    """Add all the rules of a request or, when one of them is there already or unfit, none."""
    moto = backend(call.world, call.region)
    group = _group(call, moto)
    egress = call.operation.endswith("Egress")
    present = group.egress_rules if egress else group.ingress_rules
    known = {rules.identity(rules.wanted_of(rule)) for rule in present}
    wanted = rules.requested(call.params)
    for one in wanted:
        _check_peer(moto, one)
        if rules.identity(one) in known:
            raise rules.duplicate(one)
        known.add(rules.identity(one))
    refuse_over(call, len(present) + len(wanted) - 1, limit="SecurityGroupRules")
    added = [rules.make(moto, group, one, egress) for one in wanted]
    for rule in added:
        tags.put(moto, rule.id, tags.requested(call, "security-group-rule"))
    present.extend(added)
    return {"Return": True, "SecurityGroupRules": [rules.shown(moto, call.region, rule) for rule in added]}


@ec2("RevokeSecurityGroupIngress", "RevokeSecurityGroupEgress")
def revoke(call: Call) -> dict[str, Any]:
    """Remove rules by id or by what they say; a rule that is not there is refused and nothing is removed."""
    moto = backend(call.world, call.region)
    group = _group(call, moto)
    present = group.egress_rules if call.operation.endswith("Egress") else group.ingress_rules
    by_id = {rule.id: rule for rule in present}
    chosen: list[Any] = []
    for rule_id in call.params.get("SecurityGroupRuleIds", ()):
        if rule_id not in by_id:
            code, text = LISTING.missing or ("", "")
            raise Refused(code, text.format(rule_id))
        chosen.append(by_id[rule_id])
    by_identity = {rules.identity(rules.wanted_of(rule)): rule for rule in present}
    for one in rules.requested(call.params):
        if rules.identity(one) not in by_identity:
            raise Refused("InvalidPermission.NotFound", "The specified rule does not exist in this security group.")
        chosen.append(by_identity[rules.identity(one)])
    for rule in chosen:
        present[:] = [other for other in present if other is not rule]
        tags.forget(moto, rule.id)
    return {"Return": True}


@ec2("ModifySecurityGroupRules")
def modify_security_group_rules(call: Call) -> dict[str, Any]:
    """Put other contents into rules of one group; ids and tags stay."""
    moto = backend(call.world, call.region)
    group = _group(call, moto)
    for update in call.params["SecurityGroupRules"]:
        old = group.get_rule(update["SecurityGroupRuleId"])
        if old is None:
            code, text = LISTING.missing or ("", "")
            raise Refused(code, text.format(update["SecurityGroupRuleId"]))
        wanted = update["SecurityGroupRule"]
        _check_peer(moto, wanted)
        new = rules.make(moto, group, wanted, old.is_egress)
        old.ip_protocol, old.from_port, old.to_port = new.ip_protocol, new.from_port, new.to_port
        old.ip_range, old.source_group, old.prefix_list_id = new.ip_range, new.source_group, new.prefix_list_id
    return {"Return": True}


def _group(call: Call, moto: Any) -> Any:
    name = call.params.get("GroupId") or call.params.get("GroupName")
    if not name:
        raise Refused("MissingParameter", "The request must contain the parameter groupName or groupId")
    group = moto.get_security_group_by_name_or_id(name, None)
    if group is None:
        raise InvalidSecurityGroupNotFoundError(name)
    return group


def _check_peer(moto: Any, wanted: Mapping[str, Any]) -> None:
    for name in ("CidrIpv4", "CidrIpv6"):
        if wanted.get(name):
            _check_cidr(wanted[name])
    group = wanted.get("ReferencedGroupId")
    if group and moto.get_security_group_from_id(group) is None:
        raise InvalidSecurityGroupNotFoundError(group)


def _check_cidr(cidr: str) -> None:
    try:
        ipaddress.ip_network(cidr)
    except ValueError:
        raise Refused("InvalidParameterValue", f"CIDR block {cidr} is malformed") from None

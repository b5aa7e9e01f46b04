"""Security groups that controllers made for load balancers: `k8s-…` ones of the AWS Load Balancer Controller.

The cluster security group carries a similar tag and is none of them: EKS makes it and takes it away.
"""

from contextlib import suppress
from typing import Any, ClassVar

from eksgpu.aws.run import AwsRun, tag_map
from eksgpu.engine.resource import Deletable, Live
from eksgpu.errors import NotFound

from .controller_tags import LOAD_BALANCER_CONTROLLER, owned_filter

# Kubernetes' own load balancers have groups of this name; the controller marks the rules it adds to node groups.
KUBERNETES_NAMES = "k8s-elb-*"
RULE_MARK = "elbv2.k8s.aws/"


class ControllerSecurityGroup(Deletable):
    """A group in front of a load balancer, or the one that all of them share towards the nodes."""

    kind: ClassVar[str] = "controller_security_group"
    permissions: ClassVar[frozenset[str]] = frozenset({
        "ec2:DescribeSecurityGroups", "ec2:RevokeSecurityGroupIngress", "ec2:DeleteSecurityGroup",
    })  # fmt: skip
    # The interfaces of a deleted load balancer hold it for many minutes.
    deadline: ClassVar[float] = 2400.0

    @classmethod
    def discover(cls, run: AwsRun) -> list[Live]:
        ways = (
            [{"Name": f"tag:{LOAD_BALANCER_CONTROLLER}", "Values": [run.mark.cluster]}],
            [owned_filter(run.mark.cluster), {"Name": "group-name", "Values": [KUBERNETES_NAMES]}],
        )
        found = [group for way in ways for group in _groups(run, way)]
        return list({group["GroupId"]: _live(group) for group in found}.values())

    @classmethod
    def read(cls, run: AwsRun, live: Live) -> Live | None:
        found = run.aws.ec2.describe_security_groups(GroupIds=[live.id])["SecurityGroups"]
        return _live(found[0]) if found else None

    @classmethod
    def delete(cls, run: AwsRun, live: Live) -> None:
        # The controller's rules in the nodes' groups name this one and would keep it.
        for other in _groups(run, [{"Name": "ip-permission.group-id", "Values": [live.id]}]):
            permissions = _controllers_rules(other, live.id)
            if permissions and other["GroupId"] != live.id:
                with suppress(NotFound):
                    run.aws.ec2.revoke_security_group_ingress(GroupId=other["GroupId"], IpPermissions=permissions)
        run.aws.ec2.delete_security_group(GroupId=live.id)


def _groups(run: AwsRun, filters: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return list(run.aws.ec2.pages("describe_security_groups", "SecurityGroups", Filters=filters))


def _controllers_rules(group: dict[str, Any], peer: str) -> list[dict[str, Any]]:
    """The ingress rules of `group` that the controller made for `peer`, as Revoke… wants them."""
    rules = []
    for permission in group.get("IpPermissions", []):
        pairs = [
            {"GroupId": pair["GroupId"]}
            for pair in permission.get("UserIdGroupPairs", [])
            if pair.get("GroupId") == peer and pair.get("Description", "").startswith(RULE_MARK)
        ]
        if pairs:
            ports = {name: permission[name] for name in ("IpProtocol", "FromPort", "ToPort") if name in permission}
            rules.append({**ports, "UserIdGroupPairs": pairs})
    return rules


def _live(group: dict[str, Any]) -> Live:
    return Live(
        kind=ControllerSecurityGroup.kind,
        name=group["GroupName"],
        id=group["GroupId"],
        uses=frozenset(filter(None, (group.get("VpcId"),))),
        tags=tag_map(group.get("Tags")),
    )

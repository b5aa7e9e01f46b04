"""The IAM roles of a cluster that somebody else made, named as Karpenter's own guide names them."""

import json
from dataclasses import dataclass

from eksgpu.aws.clients import Clients
from eksgpu.components.karpenter import POLICIES
from eksgpu.components.policy import NODE_POLICIES, document, trust, trust_pods

MANAGED = "arn:aws:iam::aws:policy/"


@dataclass(frozen=True)
class Roles:
    """ARNs, but for `karpenter_node_name`. Karpenter may pass `karpenter_node` and no other."""

    cluster: str
    node: str
    karpenter: str
    karpenter_node: str
    karpenter_node_name: str


def roles(aws: Clients, cluster: str) -> Roles:
    """Make them."""
    node_name = f"KarpenterNodeRole-{cluster}"
    node = _role(aws, node_name, trust("ec2.amazonaws.com"), NODE_POLICIES)
    controller = _role(aws, f"{cluster}-karpenter", trust_pods(), ())
    _allow_karpenter(aws, cluster, node)
    return Roles(
        cluster=_role(aws, f"{cluster}-cluster", trust("eks.amazonaws.com"), ("AmazonEKSClusterPolicy",)),
        node=_role(aws, f"{cluster}-ng-node", trust("ec2.amazonaws.com"), NODE_POLICIES),
        karpenter=controller,
        karpenter_node=node,
        karpenter_node_name=node_name,
    )


def _role(aws: Clients, name: str, trusted: dict[str, object], policies: tuple[str, ...]) -> str:
    made = aws.iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trusted))
    for policy in policies:
        aws.iam.attach_role_policy(RoleName=name, PolicyArn=f"{MANAGED}{policy}")
    return str(made["Role"]["Arn"])


def _allow_karpenter(aws: Clients, cluster: str, node: str) -> None:
    _, partition, _, _, account, _ = node.split(":", 5)
    values = {
        "Partition": partition,
        "Region": aws.region,
        "Account": account,
        "Cluster": cluster,
        "NodeRoleArn": node,
        "QueueArn": f"arn:{partition}:sqs:{aws.region}:{account}:{cluster}",
    }
    for name in POLICIES.values():
        made = aws.iam.create_policy(
            PolicyName=f"{name[0].upper()}{name[1:]}-{cluster}", PolicyDocument=json.dumps(document(name, values))
        )
        aws.iam.attach_role_policy(RoleName=f"{cluster}-karpenter", PolicyArn=made["Policy"]["Arn"])

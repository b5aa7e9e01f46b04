"""The tags by which controllers say what they made, and for which cluster; our own mark is on none of it.

Sources: the IAM policies of Karpenter and of the AWS Load Balancer Controller, which both demand these tags, and the
options of the EBS CSI driver and of the VPC CNI.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from eksgpu.aws.run import AwsRun, tag_map

LOAD_BALANCER_CONTROLLER = "elbv2.k8s.aws/cluster"
KARPENTER_NODE_POOL = "karpenter.sh/nodepool"
KARPENTER_NODE_CLASS = "karpenter.k8s.aws/ec2nodeclass"
REGION = "topology.kubernetes.io/region"
CSI_DRIVER = "ebs.csi.aws.com/cluster"
CNI_CLUSTER = "cluster.k8s.amazonaws.com/name"
CNI_INSTANCE = "node.k8s.amazonaws.com/instance_id"
TAGS_PER_CALL = 20


def owned_key(cluster: str) -> str:
    """The tag that stands with value `owned` on what a controller of this cluster may delete."""
    return f"kubernetes.io/cluster/{cluster}"


def owned_filter(cluster: str) -> dict[str, Any]:
    """The same as an EC2 filter."""
    return {"Name": f"tag:{owned_key(cluster)}", "Values": ["owned"]}


def balances(cluster: str, tags: Mapping[str, str]) -> bool:
    """Whether a load balancer or target group with these tags was made for the cluster."""
    return tags.get(LOAD_BALANCER_CONTROLLER) == cluster or tags.get(owned_key(cluster)) == "owned"


def balancing(run: AwsRun, arns: Iterable[str]) -> dict[str, dict[str, str]]:
    """Those of these load balancers or target groups that were made for the run's cluster, with their tags."""
    every = list(arns)
    tags = elbv2_tags(run, every)
    return {arn: tags[arn] for arn in every if balances(run.mark.cluster, tags.get(arn, {}))}


def elbv2_tags(run: AwsRun, arns: Iterable[str]) -> dict[str, dict[str, str]]:
    """Tags of load balancers or target groups by ARN; listing those does not tell them."""
    every = list(arns)
    batches = [every[start : start + TAGS_PER_CALL] for start in range(0, len(every), TAGS_PER_CALL)]

    def ask(batch: list[str]) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = run.aws.elbv2.describe_tags(ResourceArns=batch)["TagDescriptions"]
        return found

    return {one["ResourceArn"]: tag_map(one["Tags"]) for found in run.parallel(ask, batches) for one in found}

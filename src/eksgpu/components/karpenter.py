"""Karpenter's AWS half: the controller's role and six policies, the role of its nodes, and the queue that warns it.

Row 000-10. The policies are split as upstream splits them: merged, they pass IAM's size limit with long names.
"""

from collections.abc import Iterator

from eksgpu.aws.access_entry import AccessEntry
from eksgpu.aws.event_rule import EventRule
from eksgpu.aws.iam_policy import IamPolicy
from eksgpu.aws.iam_role import IamRole
from eksgpu.aws.pod_identity_association import PodIdentityAssociation
from eksgpu.aws.sqs_queue import SqsQueue
from eksgpu.catalog.policy import interruption_events
from eksgpu.engine.refs import Ref
from eksgpu.engine.resource import Resource

from .policy import NODE_POLICIES, VERSION, document, trust, trust_pods
from .site import CLUSTER, Site

POLICIES = {
    "karpenter-node-lifecycle": "karpenterNodeLifecycle",
    "karpenter-iam-integration": "karpenterIamIntegration",
    "karpenter-eks-integration": "karpenterEksIntegration",
    "karpenter-interruption": "karpenterInterruption",
    "karpenter-zonal-shift": "karpenterZonalShift",
    "karpenter-resource-discovery": "karpenterResourceDiscovery",
}
NODE_ROLE = Ref("iam_role/karpenter-node", "arn")
NODE_ROLE_NAME = Ref("iam_role/karpenter-node", "name")
QUEUE = Ref("sqs_queue/karpenter", "arn")


def karpenter(site: Site, *, namespace: str, service_account: str) -> Iterator[Resource]:
    """Everything on AWS's side that the chart expects to find."""
    yield from _controller(site, namespace, service_account)
    yield from _nodes(site)
    yield from _interruption(site)


def _controller(site: Site, namespace: str, service_account: str) -> Iterator[Resource]:
    values: dict[str, str | Ref] = {**site.names, "NodeRoleArn": NODE_ROLE, "QueueArn": QUEUE}
    for name, policy in POLICIES.items():
        yield IamPolicy(name, document=document(policy, values), description="Karpenter controller", tags=site.tags)
    yield IamRole(
        "karpenter-controller",
        trust=trust_pods(),
        managed_policies=tuple(Ref(f"iam_policy/{name}", "arn") for name in POLICIES),
        description="Karpenter controller, by Pod Identity",
        tags=site.tags,
    )
    yield PodIdentityAssociation(
        "karpenter",
        cluster=CLUSTER,
        namespace=namespace,
        service_account=service_account,
        role=Ref("iam_role/karpenter-controller", "arn"),
        tags=site.tags,
    )


def _nodes(site: Site) -> Iterator[Resource]:
    yield IamRole(
        "karpenter-node",
        trust=trust("ec2.amazonaws.com"),
        managed_policies=tuple(site.managed_policy(name) for name in NODE_POLICIES),
        description="Nodes that Karpenter makes",
        tags=site.tags,
    )
    # EKS makes this entry for the role of a managed node group only.
    yield AccessEntry("karpenter-node", cluster=CLUSTER, principal=NODE_ROLE, type="EC2_LINUX", tags=site.tags)


def _interruption(site: Site) -> Iterator[Resource]:
    yield SqsQueue(
        "karpenter",
        message_retention=300,
        sse=True,
        policy={
            "Version": VERSION,
            "Statement": [
                {
                    "Sid": "EC2InterruptionPolicy",
                    "Effect": "Allow",
                    "Principal": {"Service": ["events.amazonaws.com", "sqs.amazonaws.com"]},
                    "Action": "sqs:SendMessage",
                },
                {
                    "Sid": "DenyHTTP",
                    "Effect": "Deny",
                    "Principal": "*",
                    "Action": "sqs:*",
                    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                },
            ],
        },
        tags=site.tags,
    )
    for name, (source, detail_type) in interruption_events().items():
        pattern = {"source": [source], "detail-type": [detail_type]}
        yield EventRule(f"karpenter-{name}", pattern=pattern, target=QUEUE, tags=site.tags)

"""The AWS Load Balancer Controller's AWS half: policy, role, and their binding to its service account. Row 000-11."""

from collections.abc import Iterator

from eksgpu.aws.iam_policy import IamPolicy
from eksgpu.aws.iam_role import IamRole
from eksgpu.aws.pod_identity_association import PodIdentityAssociation
from eksgpu.engine.refs import Ref
from eksgpu.engine.resource import Resource

from .policy import document, trust_pods
from .site import CLUSTER, Site

NAME = "load-balancer-controller"


def aws_load_balancer_controller(site: Site, *, namespace: str, service_account: str) -> Iterator[Resource]:
    """Everything on AWS's side that the chart expects to find."""
    yield IamPolicy(
        NAME,
        document=document("awsLoadBalancerController", site.names),
        description="AWS Load Balancer Controller",
        tags=site.tags,
    )
    yield IamRole(
        NAME,
        trust=trust_pods(),
        managed_policies=(Ref(f"iam_policy/{NAME}", "arn"),),
        description="AWS Load Balancer Controller, by Pod Identity",
        tags=site.tags,
    )
    yield PodIdentityAssociation(
        NAME,
        cluster=CLUSTER,
        namespace=namespace,
        service_account=service_account,
        role=Ref(f"iam_role/{NAME}", "arn"),
        tags=site.tags,
    )

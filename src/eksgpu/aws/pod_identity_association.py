"""The pod identity association: which IAM role the pods of a service account get, through the Pod Identity agent."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from eksgpu.engine.mark import NAME_TAG, user_tags
from eksgpu.engine.refs import Ref
from eksgpu.engine.resource import Effect, Live, OnChange, Resource

from .eks import cluster_arn, described, iso, listed, one_time_token, owned, update_tags
from .run import AwsRun
from .tagging import new_tags

# Pod Identity hands out no credentials without TagSession.
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "pods.eks.amazonaws.com"},
            "Action": ["sts:AssumeRole", "sts:TagSession"],
        }
    ],
}


@dataclass(frozen=True)
class PodIdentityAssociation(Resource):
    """A role for the pods of one service account, which has one at most. Needs the add-on eks-pod-identity-agent."""

    cluster: str | Ref
    namespace: str
    service_account: str
    role: str | Ref

    kind: ClassVar[str] = "pod_identity_association"
    permissions: ClassVar[frozenset[str]] = frozenset({
        "eks:CreatePodIdentityAssociation", "eks:DescribePodIdentityAssociation", "eks:ListPodIdentityAssociations",
        "eks:UpdatePodIdentityAssociation", "eks:DeletePodIdentityAssociation", "eks:TagResource", "eks:UntagResource",
        "iam:PassRole", "iam:GetRole",
    })  # fmt: skip
    changes: ClassVar[Mapping[str, OnChange]] = {
        "namespace": OnChange(Effect.RECREATE, "an association is one service account's", "other"),
        "service_account": OnChange(Effect.RECREATE, "an association is one service account's", "other"),
        "role": OnChange(sample=Ref("iam_role/other-pods", "arn")),
        "tags": OnChange(sample={"team": "b"}),
    }
    gone_before: ClassVar[tuple[str, ...]] = ("eks_cluster",)
    typical: ClassVar[str] = "eks:pod-identity-association:create"
    terraform_attributes: ClassVar[Mapping[str, str]] = {"id": "association_arn", "arn": "association_arn"}

    @classmethod
    def discover(cls, run: AwsRun) -> list[Live]:
        items = listed(run, "list_pod_identity_associations", "associations")
        # One with an owner belongs to an EKS add-on.
        ids = [item["associationId"] for item in items if not item.get("ownerArn")]
        return [_live(run, found) for found in owned(run, lambda id_: _describe(run, id_), ids)]

    @classmethod
    def read(cls, run: AwsRun, live: Live) -> Live | None:
        found = _describe(run, live.outputs["association_id"])
        return _live(run, found) if found is not None else None

    def create(self, run: AwsRun) -> Live:
        made = run.aws.eks.create_pod_identity_association(
            clusterName=self.cluster,
            namespace=self.namespace,
            serviceAccount=self.service_account,
            roleArn=self.role,
            clientRequestToken=one_time_token(run, self),
            tags=new_tags(run, self),
        )
        return _live(run, made["association"])

    def update(self, run: AwsRun, live: Live, changed: frozenset[str]) -> None:
        if "role" in changed:
            where = {"clusterName": run.eks_cluster, "associationId": live.outputs["association_id"]}
            run.aws.eks.update_pod_identity_association(**where, roleArn=self.role)
        if "tags" in changed:
            update_tags(run, live, self.tags)

    @classmethod
    def delete(cls, run: AwsRun, live: Live) -> None:
        where = {"clusterName": run.eks_cluster, "associationId": live.outputs["association_id"]}
        run.aws.eks.delete_pod_identity_association(**where)

    def terraform(self) -> list[tuple[str, str, dict[str, Any]]]:
        arguments = {
            "cluster_name": self.cluster,
            "namespace": self.namespace,
            "service_account": self.service_account,
            "role_arn": self.role,
            "tags": dict(self.tags),
        }
        return [("aws_eks_pod_identity_association", self.name, arguments)]

    @classmethod
    def example(cls) -> "PodIdentityAssociation":
        return cls(
            "karpenter",
            cluster=Ref("eks_cluster/main", "name"),
            namespace="kube-system",
            service_account="karpenter",
            role=Ref("iam_role/pods", "arn"),
        )

    @classmethod
    def example_graph(cls) -> tuple[Resource, ...]:
        from .eks_cluster import EksCluster
        from .iam_role import IamRole

        roles = (IamRole(name, trust=TRUST) for name in ("pods", "other-pods"))
        return (*EksCluster.example_graph(), *roles, cls.example())


def _describe(run: AwsRun, association_id: str) -> dict[str, Any] | None:
    where = {"clusterName": run.eks_cluster, "associationId": association_id}
    return described(run.aws.eks.describe_pod_identity_association, "association", **where)


def _live(run: AwsRun, association: dict[str, Any]) -> Live:
    tags = association.get("tags", {})
    return Live(
        kind=PodIdentityAssociation.kind,
        name=tags[NAME_TAG],
        id=association["associationArn"],
        uses=frozenset({cluster_arn(run), association["roleArn"]}),
        fields={
            "namespace": association["namespace"],
            "service_account": association["serviceAccount"],
            "role": association["roleArn"],
            "tags": user_tags(tags),
        },
        outputs={"arn": association["associationArn"], "association_id": association["associationId"]},
        tags=tags,
        created=iso(association),
    )

"""The access entry: which IAM principal may do what in the cluster. Entries that EKS made itself are not ours."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from eksgpu.engine.mark import NAME_TAG, user_tags
from eksgpu.engine.refs import Chosen, Ref
from eksgpu.engine.resource import Effect, Live, OnChange, Resource

from .eks import cluster_arn, described, given, iso, listed, one_time_token, owned, update_tags
from .run import AwsRun
from .tagging import new_tags

STANDARD = "STANDARD"  # the one type with groups and policies
Policy = tuple[str, tuple[str, ...]]


@dataclass(frozen=True)
class AccessEntry(Resource):
    """An access entry.

    principal: ARN of an IAM role or user; that of a role, never of its session.
    type:      STANDARD for people and programs; EC2_LINUX and the like for the roles of nodes.
    groups:    Kubernetes groups.
    policies:  (access policy, namespaces) pairs, by name or ARN; no namespaces: the whole cluster.
    """

    cluster: str | Ref
    principal: str | Ref | Chosen
    type: str = STANDARD
    groups: tuple[str, ...] | None = None
    policies: tuple[Policy, ...] = ()

    kind: ClassVar[str] = "access_entry"
    permissions: ClassVar[frozenset[str]] = frozenset({
        "eks:CreateAccessEntry", "eks:DescribeAccessEntry", "eks:ListAccessEntries", "eks:UpdateAccessEntry",
        "eks:DeleteAccessEntry", "eks:AssociateAccessPolicy", "eks:DisassociateAccessPolicy",
        "eks:ListAssociatedAccessPolicies", "eks:TagResource", "eks:UntagResource",
    })  # fmt: skip
    changes: ClassVar[Mapping[str, OnChange]] = {
        "principal": OnChange(Effect.RECREATE, "an access entry is one principal's", Ref("iam_role/other", "arn")),
        "type": OnChange(Effect.RECREATE, "an access entry keeps its type"),  # no sample: the others are for nodes
        "groups": OnChange(sample=("viewers",), unordered=True),
        "policies": OnChange(sample=(("AmazonEKSViewPolicy", ("default", "team-b")),), unordered=True),
        "tags": OnChange(sample={"team": "b"}),
    }
    gone_before: ClassVar[tuple[str, ...]] = ("eks_cluster",)
    typical: ClassVar[str] = "eks:access-entry:create"
    terraform_attributes: ClassVar[Mapping[str, str]] = {"id": "access_entry_arn", "principal": "principal_arn"}

    def __post_init__(self) -> None:
        # One spelling for the same wish, so that it can be compared.
        policies = tuple((name.rpartition("/")[2], tuple(sorted(spaces))) for name, spaces in self.policies)
        object.__setattr__(self, "policies", policies)

    @classmethod
    def discover(cls, run: AwsRun) -> list[Live]:
        # The entries of service-linked roles are always AWS's own.
        principals = [
            arn for arn in listed(run, "list_access_entries", "accessEntries") if ":role/aws-service-role/" not in arn
        ]
        entries = owned(run, lambda principal: _describe(run, principal), principals)
        return run.parallel(lambda entry: _live(run, entry), entries)

    @classmethod
    def read(cls, run: AwsRun, live: Live) -> Live | None:
        entry = _describe(run, live.outputs["principal"])
        return _live(run, entry) if entry is not None else None

    def create(self, run: AwsRun) -> Live:
        arguments = {
            "clusterName": self.cluster,
            "principalArn": self.principal,
            "type": self.type,
            "kubernetesGroups": list(self.groups) if self.groups else None,
            "clientRequestToken": one_time_token(run, self),
            "tags": new_tags(run, self),
        }
        return _entry(run, run.aws.eks.create_access_entry(**given(arguments))["accessEntry"], ())

    def update(self, run: AwsRun, live: Live, changed: frozenset[str]) -> Live:
        # All of it at once: these take effect at once and never stand in each other's way.
        where = {"clusterName": run.eks_cluster, "principalArn": live.outputs["principal"]}
        if "groups" in changed:
            run.aws.eks.update_access_entry(**where, kubernetesGroups=list(self.groups or ()))
        if "policies" in changed:
            self._associate(run, where, dict(live.fields["policies"]))
        if "tags" in changed:
            update_tags(run, live, self.tags)
        return self.taken(live, changed)

    def _associate(self, run: AwsRun, where: Mapping[str, str], now: Mapping[str, tuple[str, ...]]) -> None:
        """Give first, then take away: whoever changes their own entry must not lock themselves out."""
        wanted = dict(self.policies)
        for name, namespaces in wanted.items():
            if now.get(name) != namespaces:  # associating again changes the scope
                run.aws.eks.associate_access_policy(**where, policyArn=_arn(run, name), accessScope=_scope(namespaces))
        for name in sorted(now.keys() - wanted.keys()):
            run.aws.eks.disassociate_access_policy(**where, policyArn=_arn(run, name))

    @classmethod
    def delete(cls, run: AwsRun, live: Live) -> None:
        run.aws.eks.delete_access_entry(clusterName=run.eks_cluster, principalArn=live.outputs["principal"])

    def terraform(self) -> list[tuple[str, str, dict[str, Any]]]:
        arguments = {
            "cluster_name": self.cluster,
            "principal_arn": self.principal,
            "type": self.type,
            "kubernetes_groups": list(self.groups) if self.groups else None,
            "tags": dict(self.tags),
        }
        entry = ("aws_eks_access_entry", self.name, given(arguments))
        return [entry, *(self._terraform_policy(name, namespaces) for name, namespaces in self.policies)]

    def _terraform_policy(self, name: str, namespaces: tuple[str, ...]) -> tuple[str, str, dict[str, Any]]:
        arguments = {
            "cluster_name": self.cluster,
            "principal_arn": Ref(self.identity, "principal"),  # not the principal itself: the entry must be there first
            "policy_arn": f"arn:aws:eks::aws:cluster-access-policy/{name}",
            "access_scope": [_scope(namespaces)],
        }
        return ("aws_eks_access_policy_association", f"{self.name}-{name}", arguments)

    @classmethod
    def example(cls) -> "AccessEntry":
        return cls(
            "admin",
            cluster=Ref("eks_cluster/main", "name"),
            principal=Ref("iam_role/cluster", "arn"),
        )

    @classmethod
    def example_graph(cls) -> tuple[Resource, ...]:
        from .eks_cluster import EksCluster
        from .iam_role import IamRole

        other = replace(IamRole.example(), name="other")
        return (*EksCluster.example_graph(), other, cls.example())


def _arn(run: AwsRun, policy: str) -> str:
    return f"arn:{run.partition}:eks::aws:cluster-access-policy/{policy}"


def _scope(namespaces: tuple[str, ...]) -> dict[str, Any]:
    return {"type": "namespace", "namespaces": list(namespaces)} if namespaces else {"type": "cluster"}


def _describe(run: AwsRun, principal: str) -> dict[str, Any] | None:
    where = {"clusterName": run.eks_cluster, "principalArn": principal}
    return described(run.aws.eks.describe_access_entry, "accessEntry", **where)


def _live(run: AwsRun, entry: dict[str, Any]) -> Live:
    if entry.get("type") != STANDARD:
        return _entry(run, entry, ())
    where = {"clusterName": run.eks_cluster, "principalArn": entry["principalArn"]}
    found = run.aws.eks.pages("list_associated_access_policies", "associatedAccessPolicies", **where)
    policies = ((item["policyArn"].rpartition("/")[2], item["accessScope"].get("namespaces", [])) for item in found)
    return _entry(run, entry, tuple(sorted((name, tuple(sorted(spaces))) for name, spaces in policies)))


def _entry(run: AwsRun, entry: dict[str, Any], policies: tuple[Policy, ...]) -> Live:
    tags = entry.get("tags", {})
    return Live(
        kind=AccessEntry.kind,
        name=tags[NAME_TAG],
        id=entry["accessEntryArn"],
        uses=frozenset({cluster_arn(run), entry["principalArn"]}),
        fields={
            "principal": entry["principalArn"],
            "type": entry.get("type"),
            "groups": tuple(sorted(entry.get("kubernetesGroups", []))),
            "policies": policies,
            "tags": user_tags(tags),
        },
        outputs={"arn": entry["accessEntryArn"], "principal": entry["principalArn"]},
        tags=tags,
        created=iso(entry),
    )

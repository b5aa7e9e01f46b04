"""The EKS cluster: the control plane. Its name is that of the mark; a foreign cluster of that name is left alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from eksgpu.catalog.kubernetes import Phase, versions
from eksgpu.catalog.price import price
from eksgpu.engine.refs import Chosen, Ref
from eksgpu.engine.resource import Effect, Live, OnChange, Resource

from .eks import described, given, known_cluster, one_time_token, underway, update_tags
from .eks_cluster_live import KIND, live_cluster
from .eks_cluster_updates import encryption_config, next_update, refusal, scheduler_config
from .run import AwsRun
from .tagging import new_tags


@dataclass(frozen=True)
class EksCluster(Resource):
    """An EKS cluster.

    subnets:        two zones at least; EKS never lets the set of zones change.
    public_cidrs:   who may reach the public endpoint; not compared when that is off.
    log_types:      of api, audit, authenticator, controllerManager, scheduler.
    encryption_key: ARN of a KMS key for Secrets, "" for none; once given it stays.
    tier:           standard, tier-xl, tier-2xl, tier-4xl, tier-8xl.
    scheduler:      the scoring strategy, `{"type": "MostAllocated", "resources": {"nvidia.com/gpu": 10, "cpu": 1}}`.
    support_type:   STANDARD (upgraded by EKS at its end) or EXTENDED (kept, at a price).
    """

    role: str | Ref
    subnets: tuple[str | Ref, ...] | Chosen
    version: str | Chosen | None = None
    security_groups: tuple[str | Ref, ...] = ()
    endpoint_public: bool = True
    endpoint_private: bool = True
    public_cidrs: tuple[str, ...] | None = None
    log_types: tuple[str, ...] | None = None
    encryption_key: str | Ref | None = ""
    authentication_mode: str = "API_AND_CONFIG_MAP"
    service_cidr: str | None = None
    ip_family: str | None = None
    deletion_protection: bool | None = None
    tier: str | None = None
    scheduler: Mapping[str, Any] | None = None
    support_type: str | None = None

    kind: ClassVar[str] = KIND
    permissions: ClassVar[frozenset[str]] = frozenset({
        "eks:CreateCluster", "eks:DescribeCluster", "eks:UpdateClusterConfig", "eks:UpdateClusterVersion",
        "eks:AssociateEncryptionConfig", "eks:DeleteCluster", "eks:TagResource", "eks:UntagResource",
        "iam:PassRole", "iam:GetRole", "iam:ListAttachedRolePolicies", "iam:CreateServiceLinkedRole",
        "kms:DescribeKey", "kms:CreateGrant",
        "ec2:DescribeSubnets", "ec2:DescribeVpcs", "ec2:DescribeSecurityGroups",
    })  # fmt: skip
    changes: ClassVar[Mapping[str, OnChange]] = {
        "version": OnChange(sample="1.36"),
        "role": OnChange(Effect.FORBIDDEN, "a cluster keeps its role", sample="arn:aws:iam::111122223333:role/other"),
        "subnets": OnChange(
            unordered=True, sample=tuple(Ref(f"subnet/control-us-west-2{spot}") for spot in ("a", "b2"))
        ),
        "security_groups": OnChange(unordered=True, sample=(Ref("security_group/control-plane"),)),
        "endpoint_public": OnChange(),  # no sample: one of the two endpoints must stay on
        "endpoint_private": OnChange(sample=False),
        "public_cidrs": OnChange(unordered=True, sample=("52.94.0.0/22",)),
        "log_types": OnChange(unordered=True, sample=("api", "audit")),
        "encryption_key": OnChange(sample=Ref("kms_key/secrets", "arn")),
        "authentication_mode": OnChange(sample="API"),
        "service_cidr": OnChange(Effect.FORBIDDEN, "a cluster keeps its service range", sample="10.110.0.0/16"),
        "ip_family": OnChange(Effect.FORBIDDEN, "a cluster keeps its IP family", sample="ipv6"),
        "deletion_protection": OnChange(),  # no sample: a protected cluster cannot be deleted, and that is its point
        "tier": OnChange(sample="tier-xl"),
        "scheduler": OnChange(sample={"type": "MostAllocated", "resources": {"cpu": 1, "nvidia.com/gpu": 10}}),
        "support_type": OnChange(sample="STANDARD"),
        "tags": OnChange(sample={"team": "b"}),
    }
    volatile: ClassVar[Mapping[str, frozenset[str]]] = {"version": frozenset({"version"})}
    remake_failed: ClassVar[bool] = False
    # EKS writes the log group again as long as the control plane lives.
    gone_before: ClassVar[tuple[str, ...]] = ("log_group",)
    waits_gone: ClassVar[bool] = True
    deadline: ClassVar[float] = 3600.0
    typical: ClassVar[str] = "eks:cluster:create"
    terraform_attributes: ClassVar[Mapping[str, str]] = {
        "id": "arn",
        "ca": "certificate_authority[0].data",
        "issuer": "identity[0].oidc[0].issuer",
        "cluster_security_group": "vpc_config[0].cluster_security_group_id",
        "vpc": "vpc_config[0].vpc_id",
    }

    def wanted(self) -> dict[str, Any]:
        found = super().wanted()
        if not self.endpoint_public:
            found.pop("public_cidrs", None)
        return found

    @classmethod
    def discover(cls, run: AwsRun) -> list[Live]:
        return _ours(run, described(run.aws.eks.describe_cluster, "cluster", name=run.eks_cluster))

    @classmethod
    def known(cls, run: AwsRun) -> list[Live]:
        """The same, as it was when this run first asked: for a plan, whose facts ask for the cluster too."""
        return _ours(run, known_cluster(run))

    @classmethod
    def read(cls, run: AwsRun, live: Live) -> Live | None:
        return next(iter(cls.discover(run)), None)  # one Describe either way

    def refuse(self, live: Live) -> str | None:
        return refusal(self, live)

    def create(self, run: AwsRun) -> Live:
        network = {"serviceIpv4Cidr": self.service_cidr, "ipFamily": self.ip_family}
        arguments = {
            "name": run.mark.cluster,
            "version": self.version,
            "roleArn": self.role,
            "resourcesVpcConfig": given({
                "subnetIds": self.subnet_list(),
                "securityGroupIds": list(self.security_groups),
                "endpointPublicAccess": self.endpoint_public,
                "endpointPrivateAccess": self.endpoint_private,
                "publicAccessCidrs": _listed(self.public_cidrs) if self.endpoint_public else None,
            }),
            "kubernetesNetworkConfig": given(network) or None,
            "logging": _logging(self.log_types),
            "encryptionConfig": encryption_config(self.encryption_key) if self.encryption_key else None,
            # Access entries are ours to make, the caller's too; add-ons likewise.
            "accessConfig": {
                "authenticationMode": self.authentication_mode,
                "bootstrapClusterCreatorAdminPermissions": False,
            },
            "bootstrapSelfManagedAddons": False,
            "deletionProtection": self.deletion_protection,
            "controlPlaneScalingConfig": {"tier": self.tier} if self.tier else None,
            "kubeSchedulerConfig": scheduler_config(self.scheduler) if self.scheduler else None,
            "upgradePolicy": {"supportType": self.support_type} if self.support_type else None,
            "clientRequestToken": one_time_token(run, self),
            "tags": new_tags(run, self),
        }  # fmt: skip
        return live_cluster(run.aws.eks.create_cluster(**given(arguments))["cluster"])

    def update(self, run: AwsRun, live: Live, changed: frozenset[str]) -> Live | None:
        if "tags" in changed:
            update_tags(run, live, self.tags)
            return None
        method, arguments = next_update(self, live, changed)
        getattr(run.aws.eks, method)(**arguments)
        return underway(live)

    @classmethod
    def delete(cls, run: AwsRun, live: Live) -> None:
        run.aws.eks.delete_cluster(name=run.mark.cluster)

    @classmethod
    def usd_per_day(cls, live: Live) -> float:
        known = versions().get(str(live.fields.get("version")))
        standard = known is None or known.phase() is Phase.STANDARD
        return price("eksCluster" if standard else "eksExtendedSupport").money().usd_per_day

    def subnet_list(self) -> list[Any]:
        """The subnets, whether they were stated or chosen."""
        return list(self.subnets.value if isinstance(self.subnets, Chosen) else self.subnets)

    def terraform(self) -> list[tuple[str, str, dict[str, Any]]]:
        if self.shared:
            return [("data.aws_eks_cluster", self.name, {"name": self.name})]
        network = {"service_ipv4_cidr": self.service_cidr, "ip_family": self.ip_family}
        key = [{"resources": ["secrets"], "provider": [{"key_arn": self.encryption_key}]}]
        arguments = {
            "name": self.name,
            "version": self.version,
            "role_arn": self.role,
            "vpc_config": [given({
                "subnet_ids": self.subnet_list(),
                "security_group_ids": list(self.security_groups),
                "endpoint_public_access": self.endpoint_public,
                "endpoint_private_access": self.endpoint_private,
                "public_access_cidrs": _listed(self.public_cidrs) if self.endpoint_public else None,
            })],
            "kubernetes_network_config": [given(network)] if given(network) else None,
            "enabled_cluster_log_types": _listed(self.log_types),
            "encryption_config": key if self.encryption_key else None,
            "access_config": [{
                "authentication_mode": self.authentication_mode,
                "bootstrap_cluster_creator_admin_permissions": False,
            }],
            "bootstrap_self_managed_addons": False,
            "upgrade_policy": [{"support_type": self.support_type}] if self.support_type else None,
            "tags": dict(self.tags),
        }  # fmt: skip
        return [("aws_eks_cluster", self.name, given(arguments))]

    @classmethod
    def example(cls) -> "EksCluster":
        return cls(
            "main",
            version="1.35",
            role=Ref("iam_role/cluster", "arn"),
            subnets=(Ref("subnet/control-us-west-2a"), Ref("subnet/control-us-west-2b")),
            log_types=(),
        )

    @classmethod
    def example_graph(cls) -> tuple[Resource, ...]:
        from .iam_role import IamRole
        from .kms_key import KmsKey
        from .log_group import CONTROL_PLANE, LogGroup, control_plane_group
        from .security_group import SecurityGroup
        from .subnet import Subnet
        from .vpc import Vpc

        subnets = (
            Subnet(f"control-us-west-2{spot}", vpc=Ref("vpc/main"), cidr=cidr, zone=f"us-west-2{spot[0]}")
            for spot, cidr in (("a", "10.0.64.0/24"), ("b", "10.0.65.0/24"), ("b2", "10.0.66.0/24"))
        )
        group = SecurityGroup("control-plane", vpc=Ref("vpc/main"), description="control plane")
        # Whoever turns logs on has the group, else EKS makes one.
        logs = LogGroup(CONTROL_PLANE, group=control_plane_group("demo"))
        return (Vpc.example(), *subnets, group, KmsKey.example(), IamRole.example(), logs, cls.example())


def _listed(values: tuple[str, ...] | None) -> list[str] | None:
    return None if values is None else list(values)


def _logging(types: tuple[str, ...] | None) -> dict[str, Any] | None:
    return {"clusterLogging": [{"types": list(types), "enabled": True}]} if types else None


def _ours(run: AwsRun, found: dict[str, Any] | None) -> list[Live]:
    """Ours, or the one that is there already, which stays as it is."""
    if found is None:
        return []
    if run.existing:
        return [live_cluster(found, shared=True)]
    return [live_cluster(found)] if run.mark.owns(found.get("tags", {})) else []

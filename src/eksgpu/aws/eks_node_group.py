"""The managed node group: instances that EKS starts, joins to the cluster, repairs and drains.

The Auto Scaling group, the copied launch template and the access entry of the node role are EKS's own: never touched.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from eksgpu.catalog.instance import instance
from eksgpu.catalog.kubernetes import minor
from eksgpu.engine.mark import short_name
from eksgpu.engine.refs import Chosen, Ref
from eksgpu.engine.resource import Effect, Live, OnChange, Resource

from .eks import described, given, listed, one_time_token, owned, underway, update_tags
from .eks_node_group_live import KIND, live_node_group
from .eks_node_group_updates import config_update, taint, update_config, version_text, version_update
from .run import AwsRun
from .tagging import new_tags

NAME_LIMIT = 63
FIXED = "a node group keeps its"


@dataclass(frozen=True)
class EksNodeGroup(Resource):
    """A managed node group.

    instance_types: in order of preference; None when the launch template names the type.
    ami_type:       an AMIType of EKS; None with a launch template that names its own image.
    capacity:       ON_DEMAND, SPOT or CAPACITY_BLOCK.
    desired:        how many nodes now; None when something else scales the group (it then starts with `min`).
    taints:         as kubectl spells them: `key=value:NoSchedule`, `key:NoExecute`.
    max_unavailable: while updating: a number of nodes, or a share of them ("33%").
    version:        the Kubernetes version; a Ref to the cluster's makes the nodes follow it.
    disk_size:      GiB; only without a launch template.
    """

    cluster: str | Ref
    role: str | Ref
    subnets: tuple[str | Ref, ...]
    min: int
    max: int
    desired: int | Chosen | None = None
    instance_types: tuple[str, ...] | None = None
    ami_type: str | None = None
    capacity: str = "ON_DEMAND"
    disk_size: int | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    taints: tuple[str, ...] = ()
    max_unavailable: int | str | None = None
    version: str | Ref | Chosen | None = None
    release_version: str | Chosen | None = None
    launch_template: str | Ref | None = None
    launch_template_version: str | Ref | None = None
    node_repair: bool | None = None

    kind: ClassVar[str] = KIND
    permissions: ClassVar[frozenset[str]] = frozenset({
        "eks:CreateNodegroup", "eks:DescribeNodegroup", "eks:ListNodegroups", "eks:UpdateNodegroupConfig",
        "eks:UpdateNodegroupVersion", "eks:DeleteNodegroup", "eks:TagResource", "eks:UntagResource",
        "iam:PassRole", "iam:GetRole", "iam:ListAttachedRolePolicies", "iam:CreateServiceLinkedRole",
        "ec2:DescribeSubnets", "ec2:DescribeLaunchTemplateVersions", "ec2:RunInstances", "ec2:CreateTags",
    })  # fmt: skip
    changes: ClassVar[Mapping[str, OnChange]] = {
        "instance_types": OnChange(Effect.REPLACE, f"{FIXED} instance types", ("m5.xlarge",)),
        "ami_type": OnChange(Effect.REPLACE, f"{FIXED} AMI type", "BOTTLEROCKET_x86_64"),
        "capacity": OnChange(Effect.REPLACE, f"{FIXED} capacity type"),  # Spot needs a service-linked role first
        "subnets": OnChange(Effect.REPLACE, f"{FIXED} subnets", (Ref("subnet/control-us-west-2a"),), unordered=True),
        "role": OnChange(Effect.REPLACE, f"{FIXED} role"),
        "disk_size": OnChange(Effect.REPLACE, f"{FIXED} disk size", 40),
        "launch_template": OnChange(Effect.REPLACE, f"{FIXED} launch template"),
        "min": OnChange(sample=0),
        "max": OnChange(sample=4),
        "desired": OnChange(sample=2),
        "labels": OnChange(sample={"tier": "b"}),
        "taints": OnChange(sample=("dedicated=b:NoSchedule",), unordered=True),
        "max_unavailable": OnChange(sample="50%"),
        "node_repair": OnChange(sample=True),
        "version": OnChange(sample="1.35", disrupts=True),
        "release_version": OnChange(disrupts=True),
        "launch_template_version": OnChange(disrupts=True),
        "tags": OnChange(sample={"team": "b"}),
    }
    # Nodes need their access, the network, their add-ons and the way out until the last pod is drained.
    gone_before: ClassVar[tuple[str, ...]] = (
        "eks_addon", "access_entry", "eks_cluster", "nat_gateway", "route_table", "vpc_endpoint",
    )  # fmt: skip
    waits_gone: ClassVar[bool] = True
    deadline: ClassVar[float] = 3600.0
    typical: ClassVar[str] = "eks:nodegroup:create"

    def keeps(self, name: str, live: Live) -> bool:
        # A release is of one Kubernetes version.
        return name != "release_version" or self.version == live.fields.get("version")

    def refuse(self, live: Live) -> str | None:
        now = live.fields.get("version")
        if not isinstance(self.version, str) or not now or minor(self.version) >= minor(now):
            return None
        return f"version {self.version} is older than the live {now}: EKS never downgrades nodes"

    def serial_key(self) -> str:
        return self.identity

    @classmethod
    def discover(cls, run: AwsRun) -> list[Live]:
        names = listed(run, "list_nodegroups", "nodegroups")
        return [live_node_group(run, group) for group in owned(run, lambda name: _describe(run, name), names)]

    @classmethod
    def read(cls, run: AwsRun, live: Live) -> Live | None:
        group = _describe(run, live.outputs["name"])
        return live_node_group(run, group) if group is not None else None

    def create(self, run: AwsRun) -> Live:
        name = f"{self.name}-{self.incarnation}" if self.incarnation else self.name
        template = given({"id": self.launch_template, "version": version_text(self.launch_template_version)})
        arguments = {
            "clusterName": self.cluster,
            "nodegroupName": short_name(name, NAME_LIMIT),
            "nodeRole": self.role,
            "subnets": list(self.subnets),
            "scalingConfig": {
                "minSize": self.min,
                "maxSize": self.max,
                "desiredSize": self.min if self.desired is None else self.desired,
            },
            "instanceTypes": list(self.instance_types) if self.instance_types else None,
            "amiType": self.ami_type,
            "capacityType": self.capacity,
            "diskSize": self.disk_size,
            "labels": dict(self.labels) or None,
            "taints": [taint(text) for text in self.taints] or None,
            "updateConfig": update_config(self.max_unavailable),
            "version": self.version,
            "releaseVersion": self.release_version,
            "launchTemplate": template if self.launch_template else None,
            "nodeRepairConfig": None if self.node_repair is None else {"enabled": self.node_repair},
            "clientRequestToken": one_time_token(run, self),
            "tags": new_tags(run, self),
        }
        return live_node_group(run, run.aws.eks.create_nodegroup(**given(arguments))["nodegroup"])

    def update(self, run: AwsRun, live: Live, changed: frozenset[str]) -> Live | None:
        if "tags" in changed:
            update_tags(run, live, self.tags)
            return None
        place = {"clusterName": run.eks_cluster, "nodegroupName": live.outputs["name"]}
        config = config_update(self, live, changed)
        if config:
            run.aws.eks.update_nodegroup_config(**place, **config)
        else:
            run.aws.eks.update_nodegroup_version(**place, **version_update(self, live, changed))
        return underway(live)

    @classmethod
    def delete(cls, run: AwsRun, live: Live) -> None:
        run.aws.eks.delete_nodegroup(clusterName=run.eks_cluster, nodegroupName=live.outputs["name"])

    @classmethod
    def usd_per_day(cls, live: Live) -> float:
        types = live.fields.get("instance_types") or ()
        known = instance(types[0]) if types else None
        hourly = known.us_east_1_usd_per_hour if known else None
        return 24 * (hourly or 0.0) * int(live.fields.get("desired") or 0)

    def terraform(self) -> list[tuple[str, str, dict[str, Any]]]:
        template = {"id": self.launch_template, "version": self.launch_template_version}
        unavailable = update_config(self.max_unavailable)
        arguments = {
            "cluster_name": self.cluster,
            "node_group_name": self.name,
            "node_role_arn": self.role,
            "subnet_ids": list(self.subnets),
            "scaling_config": [{
                "min_size": self.min,
                "max_size": self.max,
                "desired_size": self.min if self.desired is None else self.desired,
            }],
            "instance_types": list(self.instance_types) if self.instance_types else None,
            "ami_type": self.ami_type,
            "capacity_type": self.capacity,
            "disk_size": self.disk_size,
            "labels": dict(self.labels) or None,
            "taint": [taint(text) for text in self.taints] or None,
            "update_config": [{_TERRAFORM[key]: value for key, value in unavailable.items()}] if unavailable else None,
            "version": self.version,
            "release_version": self.release_version,
            "launch_template": [given(template)] if self.launch_template else None,
            "node_repair_config": None if self.node_repair is None else [{"enabled": self.node_repair}],
            "tags": dict(self.tags),
        }  # fmt: skip
        return [("aws_eks_node_group", self.name, given(arguments))]

    @classmethod
    def example(cls) -> "EksNodeGroup":
        return cls(
            "system",
            cluster=Ref("eks_cluster/main", "name"),
            role=Ref("iam_role/node", "arn"),
            subnets=(Ref("subnet/control-us-west-2a"), Ref("subnet/control-us-west-2b")),
            min=1,
            max=2,
            desired=1,
            version="1.34",
            instance_types=("m5.large",),
            ami_type="AL2023_x86_64_STANDARD",
            after=(Ref("eks_addon/vpc-cni"),),
        )

    @classmethod
    def example_graph(cls) -> tuple[Resource, ...]:
        from .eks_addon import EksAddon
        from .iam_role import IamRole

        return (*EksAddon.example_graph(), IamRole("node", trust=TRUST, managed_policies=POLICIES), cls.example())


TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
POLICIES = tuple(
    f"arn:aws:iam::aws:policy/{name}"
    for name in ("AmazonEKSWorkerNodePolicy", "AmazonEKS_CNI_Policy", "AmazonEC2ContainerRegistryPullOnly")
)
_TERRAFORM = {"maxUnavailable": "max_unavailable", "maxUnavailablePercentage": "max_unavailable_percentage"}


def _describe(run: AwsRun, name: str) -> dict[str, Any] | None:
    where = {"clusterName": run.eks_cluster, "nodegroupName": name}
    return described(run.aws.eks.describe_nodegroup, "nodegroup", **where)

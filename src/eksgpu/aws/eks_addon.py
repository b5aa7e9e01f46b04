"""The EKS add-on: a component of the cluster that EKS installs and upgrades (vpc-cni, kube-proxy, coredns, …)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from eksgpu.engine.mark import NAME_TAG, user_tags
from eksgpu.engine.refs import Chosen, Ref
from eksgpu.engine.resource import Effect, Live, OnChange, Resource, State

from .eks import (
    cluster_arn,
    described,
    given,
    iso,
    issues,
    listed,
    one_time_token,
    owned,
    underway,
    update_tags,
)
from .run import AwsRun
from .tagging import new_tags

STATES = {
    "ACTIVE": State.READY,
    "CREATING": State.PENDING,
    "UPDATING": State.PENDING,
    # Its pods do not run yet: coredns stays so until there is a node for it.
    "DEGRADED": State.PENDING,
    # The version before still runs; the next apply tries again.
    "UPDATE_FAILED": State.READY,
    "DELETING": State.DELETING,
    "CREATE_FAILED": State.FAILED,
    "DELETE_FAILED": State.FAILED,
}


@dataclass(frozen=True)
class EksAddon(Resource):
    """An EKS add-on.

    addon:         EKS's name of it; default the resource's name.
    configuration: the add-on's values, JSON-like; None leaves them alone, {} means its defaults.
    compatible:    versions that suit the wanted cluster version; a live one that is none of them must move.
    service_account_role: ARN for IRSA; permissions through Pod Identity are a pod_identity_association instead.
    """

    cluster: str | Ref
    addon: str = ""
    version: str | Chosen | None = None
    configuration: Mapping[str, Any] | None = None
    service_account_role: str | Ref | None = None
    namespace: str | None = None
    compatible: tuple[str, ...] = ()

    kind: ClassVar[str] = "eks_addon"
    permissions: ClassVar[frozenset[str]] = frozenset({
        "eks:CreateAddon", "eks:DescribeAddon", "eks:ListAddons", "eks:UpdateAddon", "eks:DeleteAddon",
        "eks:TagResource", "eks:UntagResource", "iam:PassRole",
    })  # fmt: skip
    changes: ClassVar[Mapping[str, OnChange]] = {
        "version": OnChange(sample="v1.22.4-eksbuild.3"),
        "configuration": OnChange(sample={"env": {"WARM_ENI_TARGET": "2"}}),
        "service_account_role": OnChange(sample=Ref("iam_role/cluster", "arn")),
        "namespace": OnChange(Effect.RECREATE, "an add-on stays in its namespace"),
        "tags": OnChange(sample={"team": "b"}),
    }
    gone_before: ClassVar[tuple[str, ...]] = ("eks_cluster",)
    waits_gone: ClassVar[bool] = True
    deadline: ClassVar[float] = 1200.0
    typical: ClassVar[str] = "eks:addon:create"

    def keeps(self, name: str, live: Live) -> bool:
        return name != "version" or not self.compatible or live.fields.get("version") in self.compatible

    @classmethod
    def discover(cls, run: AwsRun) -> list[Live]:
        names = listed(run, "list_addons", "addons")
        return [_live(run, addon) for addon in owned(run, lambda name: _describe(run, name), names)]

    @classmethod
    def read(cls, run: AwsRun, live: Live) -> Live | None:
        addon = _describe(run, live.outputs["name"])
        return _live(run, addon) if addon is not None else None

    def create(self, run: AwsRun) -> Live:
        arguments = {
            "clusterName": self.cluster,
            "addonName": self.addon or self.name,
            "addonVersion": self.version,
            "namespaceConfig": {"namespace": self.namespace} if self.namespace else None,
            "resolveConflicts": "OVERWRITE",
            "clientRequestToken": one_time_token(run, self),
            "tags": new_tags(run, self),
            **self._settings(),
        }
        return _live(run, run.aws.eks.create_addon(**given(arguments))["addon"])

    def update(self, run: AwsRun, live: Live, changed: frozenset[str]) -> Live | None:
        if "tags" in changed:
            update_tags(run, live, self.tags)
            return None
        arguments = {
            "clusterName": run.eks_cluster,
            "addonName": live.outputs["name"],
            "addonVersion": self.version if "version" in changed else None,
            # A new version keeps what others set by hand (replicas, resources); the spec's own values win.
            "resolveConflicts": "OVERWRITE" if "configuration" in changed else "PRESERVE",
            **self._settings(),
        }
        run.aws.eks.update_addon(**given(arguments))
        return underway(live)

    def _settings(self) -> dict[str, Any]:
        """Said at every call: an update that leaves the role out takes it away."""
        return {
            "configurationValues": _canonical(self.configuration),
            "serviceAccountRoleArn": self.service_account_role,
        }

    @classmethod
    def delete(cls, run: AwsRun, live: Live) -> None:
        run.aws.eks.delete_addon(clusterName=run.eks_cluster, addonName=live.outputs["name"])

    def terraform(self) -> list[tuple[str, str, dict[str, Any]]]:
        arguments = {
            "cluster_name": self.cluster,
            "addon_name": self.addon or self.name,
            "addon_version": self.version,
            "configuration_values": self.configuration,
            "service_account_role_arn": self.service_account_role,
            "resolve_conflicts_on_create": "OVERWRITE",
            "resolve_conflicts_on_update": "PRESERVE",
            "tags": dict(self.tags),
        }
        return [("aws_eks_addon", self.name, given(arguments))]

    @classmethod
    def example(cls) -> "EksAddon":
        return cls("vpc-cni", cluster=Ref("eks_cluster/main", "name"))

    @classmethod
    def example_graph(cls) -> tuple[Resource, ...]:
        from .eks_cluster import EksCluster

        return (*EksCluster.example_graph(), cls.example())


def _canonical(configuration: Mapping[str, Any] | None) -> str | None:
    return None if configuration is None else json.dumps(configuration, sort_keys=True)


def _values(text: str) -> Any:
    """The values as data; as the text itself when somebody wrote YAML, which then differs from what is wanted."""
    try:
        return json.loads(text or "{}")
    except ValueError:
        return text


def _describe(run: AwsRun, name: str) -> dict[str, Any] | None:
    return described(run.aws.eks.describe_addon, "addon", clusterName=run.eks_cluster, addonName=name)


def _live(run: AwsRun, addon: dict[str, Any]) -> Live:
    tags = addon.get("tags", {})
    role = addon.get("serviceAccountRoleArn")
    return Live(
        kind=EksAddon.kind,
        name=tags[NAME_TAG],
        id=addon["addonArn"],
        state=STATES.get(addon["status"], State.PENDING),
        uses=frozenset(filter(None, (cluster_arn(run), role))),
        fields={
            "version": addon.get("addonVersion"),
            "configuration": _values(addon.get("configurationValues", "")),
            "service_account_role": role,
            "namespace": addon.get("namespaceConfig", {}).get("namespace"),
            "tags": user_tags(tags),
        },
        outputs={"arn": addon["addonArn"], "name": addon["addonName"], "version": addon.get("addonVersion", "")},
        tags=tags,
        created=iso(addon),
        reason=issues(addon),
    )

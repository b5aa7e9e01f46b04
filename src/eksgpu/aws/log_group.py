"""The log group: where EKS writes the control plane's logs.

EKS makes the group itself when it is missing, and again from late writes after the cluster is gone: without tags and
kept for ever. So this one group is ours by its exact name, unless a cluster of that name lives that is not ours.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar

from eksgpu.engine.mark import NAME_TAG, user_tags
from eksgpu.engine.refs import Ref
from eksgpu.engine.resource import Effect, Live, OnChange, Resource
from eksgpu.errors import NotFound

from .run import AwsRun, changed_tags
from .tagging import PERMISSIONS, new_tags, owned_arns

CONTROL_PLANE = "control-plane"  # the name of the resource whose group EKS may make by itself


def control_plane_group(cluster: str) -> str:
    """The name of the group that EKS writes to; source: EKS user guide, control plane logs."""
    return f"/aws/eks/{cluster}/cluster"


@dataclass(frozen=True)
class LogGroup(Resource):
    """A log group by its full name.

    retention: days, one of those CloudWatch offers; 0 keeps for ever.
    kms_key:   ARN of a key; "" for CloudWatch's own.
    """

    group: str
    retention: int | None = None
    kms_key: Ref | str | None = None

    kind: ClassVar[str] = "log_group"
    permissions: ClassVar[frozenset[str]] = PERMISSIONS | frozenset({
        "logs:CreateLogGroup", "logs:TagResource", "logs:UntagResource", "logs:DescribeLogGroups",
        "logs:ListTagsForResource", "logs:PutRetentionPolicy", "logs:DeleteRetentionPolicy", "logs:AssociateKmsKey",
        "logs:DisassociateKmsKey", "logs:DeleteLogGroup", "eks:DescribeCluster",
    })  # fmt: skip
    changes: ClassVar[Mapping[str, OnChange]] = {
        "group": OnChange(Effect.RECREATE, "a log group keeps its name", sample="/eksgpu/another"),
        "retention": OnChange(sample=7),
        "kms_key": OnChange(),
        "tags": OnChange(sample={"team": "b"}),
    }
    typical: ClassVar[str] = "logs:log-group:create"
    terraform_attributes: ClassVar[Mapping[str, str]] = {"id": "arn", "group": "name"}

    @classmethod
    def discover(cls, run: AwsRun) -> list[Live]:
        known = owned_arns(run, cls.kind, "logs")
        # That of a cluster that is there already is not ours.
        ours_by_name = set() if run.existing else {control_plane_group(run.mark.cluster)}
        names = ours_by_name | {_group_of(arn) for arn in known}
        lives = (_read(run, name, known.get(_arn(run, name))) for name in sorted(names))
        return [live for live in lives if live is not None]

    @classmethod
    def read(cls, run: AwsRun, live: Live) -> Live | None:
        return _read(run, _group_of(live.id), None)

    def create(self, run: AwsRun) -> Live:
        tags = new_tags(run, self)
        encrypted = {"kmsKeyId": self.kms_key} if self.kms_key else {}
        run.aws.logs.create_log_group(logGroupName=self.group, tags=tags, **encrypted)
        return _live(run, {"logGroupName": self.group, **encrypted}, tags)

    def update(self, run: AwsRun, live: Live, changed: frozenset[str]) -> Live:
        logs, group = run.aws.logs, self.group
        if not run.mark.owns(live.tags):  # EKS made it
            logs.tag_resource(resourceArn=live.id, tags=run.mark.tags(self.name))
        if "retention" in changed and self.retention:
            logs.put_retention_policy(logGroupName=group, retentionInDays=self.retention)
        elif "retention" in changed:
            logs.delete_retention_policy(logGroupName=group)
        if "kms_key" in changed and self.kms_key:
            logs.associate_kms_key(logGroupName=group, kmsKeyId=self.kms_key)
        elif "kms_key" in changed:
            logs.disassociate_kms_key(logGroupName=group)
        if "tags" in changed:
            self._retag(run, live)
        return self.taken(live, changed)

    def _retag(self, run: AwsRun, live: Live) -> None:
        set_, remove = changed_tags(self.tags, live.tags)
        if set_:
            run.aws.logs.tag_resource(resourceArn=live.id, tags=set_)
        if remove:
            run.aws.logs.untag_resource(resourceArn=live.id, tagKeys=remove)

    @classmethod
    def delete(cls, run: AwsRun, live: Live) -> None:
        run.aws.logs.delete_log_group(logGroupName=_group_of(live.id))

    def terraform(self) -> list[tuple[str, str, dict[str, Any]]]:
        arguments = {
            "name": self.group,
            "retention_in_days": self.retention,
            "kms_key_id": self.kms_key,
            "tags": dict(self.tags),
        }
        set_ = {key: value for key, value in arguments.items() if value is not None}
        return [("aws_cloudwatch_log_group", self.name, set_)]

    @classmethod
    def example(cls) -> "LogGroup":
        return cls("example", group="/eksgpu/example", retention=30)


def _read(run: AwsRun, name: str, tags: Mapping[str, str] | None) -> Live | None:
    """One group if it is ours; its tags are asked for when they are not given."""
    found = run.aws.logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    group = next((group for group in found if group["logGroupName"] == name), None)
    if group is None:
        return None
    if tags is None:
        try:
            tags = run.aws.logs.list_tags_for_resource(resourceArn=_arn(run, name))["tags"]
        except NotFound:
            return None
    if run.mark.owns(tags):
        return _live(run, group, tags)
    return _live(run, group, tags) if _written_by_our_cluster(run, name) else None


def _written_by_our_cluster(run: AwsRun, name: str) -> bool:
    if name != control_plane_group(run.mark.cluster):
        return False
    try:
        cluster = run.aws.eks.describe_cluster(name=run.mark.cluster)["cluster"]
    except NotFound:
        return True
    return run.mark.owns(cluster.get("tags", {}))


def _arn(run: AwsRun, group: str) -> str:
    return run.arn("logs", f"log-group:{group}")


def _group_of(arn: str) -> str:
    return arn.split(":log-group:", 1)[1]


def _live(run: AwsRun, group: Mapping[str, Any], tags: Mapping[str, str]) -> Live:
    name, kms_key = group["logGroupName"], group.get("kmsKeyId", "")
    created = group.get("creationTime")  # milliseconds
    return Live(
        kind=LogGroup.kind,
        name=tags.get(NAME_TAG, CONTROL_PLANE),
        id=_arn(run, name),
        uses=frozenset({kms_key} if kms_key else ()),
        fields={
            "group": name,
            "retention": group.get("retentionInDays", 0),
            "kms_key": kms_key,
            "tags": user_tags(tags),
        },
        outputs={"arn": _arn(run, name), "group": name},
        tags=tags,
        created=datetime.fromtimestamp(created / 1000, UTC).isoformat() if created else "",
    )

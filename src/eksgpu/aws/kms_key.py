"""The KMS key: encrypts the cluster's Secrets.

Deleting a key takes at least a week; it counts as gone from its first day. A key has no name: it is found by its tags,
and by our aliases where the tagging API does not know it yet.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from eksgpu.catalog.price import price
from eksgpu.engine.mark import NAME_TAG, OWN_PREFIX, user_tags
from eksgpu.engine.resource import Live, OnChange, Resource, State
from eksgpu.errors import NotFound

from .iam import Document, canonical, compact, comparable, name_of
from .kms import our_aliases
from .run import AwsRun, changed_tags, tag_map
from .tagging import PERMISSIONS, new_tags, owned_arns

POLICY_TAG = f"{OWN_PREFIX}policy"
DAYS_TAG = f"{OWN_PREFIX}deletion-days"  # destroy must know them when the spec is lost
SHORTEST_DAYS = 7  # that KMS allows
DELETED = ("PendingDeletion", "PendingReplicaDeletion")
NOT_YET = ("Creating", "Updating")


@dataclass(frozen=True)
class KmsKey(Resource):
    """A symmetric key.

    policy:   the key policy; None leaves KMS's own, which hands the decision to IAM.
    rotation: whether KMS makes new key material every year.
    deletion_days: days that KMS keeps it once it is deleted, 7 to 30.
    """

    description: str | None = None
    policy: Document | None = None
    rotation: bool | None = True
    deletion_days: int | None = None

    kind: ClassVar[str] = "kms_key"
    permissions: ClassVar[frozenset[str]] = PERMISSIONS | frozenset({
        "kms:CreateKey", "kms:TagResource", "kms:UntagResource", "kms:DescribeKey", "kms:GetKeyRotationStatus",
        "kms:GetKeyPolicy", "kms:PutKeyPolicy", "kms:ListResourceTags", "kms:ListAliases", "kms:EnableKeyRotation",
        "kms:DisableKeyRotation", "kms:UpdateKeyDescription", "kms:ScheduleKeyDeletion",
    })  # fmt: skip
    changes: ClassVar[Mapping[str, OnChange]] = {
        "description": OnChange(sample="another description"),
        # A policy names its account, so no sample is valid everywhere.
        "policy": OnChange(),
        "rotation": OnChange(sample=False),
        "deletion_days": OnChange(sample=14),
        "tags": OnChange(sample={"team": "b"}),
    }
    searches: ClassVar[int] = 3
    typical: ClassVar[str] = "kms:key:create"
    terraform_attributes: ClassVar[Mapping[str, str]] = {"id": "arn"}

    def wanted(self) -> dict[str, Any]:
        return super().wanted() | ({} if self.policy is None else {"policy": comparable(self.policy)})

    @classmethod
    def discover(cls, run: AwsRun) -> list[Live]:
        tags = _ours(run)
        return [live for live in run.parallel(lambda arn: _read(run, arn, tags[arn]), sorted(tags)) if live is not None]

    @classmethod
    def read(cls, run: AwsRun, live: Live) -> Live | None:
        return _read(run, live.id, _tags(run, live.id))

    @classmethod
    def pending(cls, run: AwsRun) -> list[tuple[str, str]]:
        """Our keys that wait for their deletion: (ARN, ISO time of the deletion)."""
        keys = run.parallel(lambda arn: _metadata(run, arn), sorted(_ours(run)))
        return [(key["Arn"], key["DeletionDate"].isoformat()) for key in keys if key["KeyState"] in DELETED]

    def create(self, run: AwsRun) -> Live:
        tags = new_tags(run, self)
        optional: dict[str, Any] = {}
        if self.deletion_days is not None:
            tags[DAYS_TAG] = str(self.deletion_days)
        if self.policy is not None:
            tags[POLICY_TAG] = "set"
            optional["Policy"] = compact(self.policy)
        key = run.aws.kms.create_key(Description=self.description or "", Tags=_key_tags(tags), **optional)
        policy = None if self.policy is None else canonical(self.policy)
        return _live(key["KeyMetadata"], tags, rotation=False, policy=policy)

    def update(self, run: AwsRun, live: Live, changed: frozenset[str]) -> Live:
        kms, key = run.aws.kms, name_of(live.id)
        if "description" in changed:
            kms.update_key_description(KeyId=key, Description=self.description)
        if "policy" in changed and self.policy is not None:
            # The tag first: it says that there is a policy to compare, also when the next call never happens.
            kms.tag_resource(KeyId=key, Tags=_key_tags({POLICY_TAG: "set"}))
            kms.put_key_policy(KeyId=key, PolicyName="default", Policy=compact(self.policy))
        if "rotation" in changed and self.rotation:
            kms.enable_key_rotation(KeyId=key)
        elif "rotation" in changed:
            kms.disable_key_rotation(KeyId=key)
        if "deletion_days" in changed:
            kms.tag_resource(KeyId=key, Tags=_key_tags({DAYS_TAG: str(self.deletion_days)}))
        if "tags" in changed:
            set_, remove = changed_tags(self.tags, live.tags)
            if set_:
                kms.tag_resource(KeyId=key, Tags=_key_tags(set_))
            if remove:
                kms.untag_resource(KeyId=key, TagKeys=remove)
        return self.taken(live, changed)

    @classmethod
    def delete(cls, run: AwsRun, live: Live) -> None:
        if _metadata(run, live.id)["KeyState"] in DELETED:  # KMS refuses to schedule it twice
            raise NotFound(f"{live.id} is pending deletion already")
        run.aws.kms.schedule_key_deletion(KeyId=name_of(live.id), PendingWindowInDays=live.fields["deletion_days"])

    @classmethod
    def usd_per_day(cls, live: Live) -> float:
        return price("kmsKey").money().usd_per_day

    def terraform(self) -> list[tuple[str, str, dict[str, Any]]]:
        arguments = {
            "description": self.description,
            "policy": self.policy,
            "enable_key_rotation": self.rotation,
            "deletion_window_in_days": self.deletion_days or SHORTEST_DAYS,
            "tags": dict(self.tags),
        }
        return [("aws_kms_key", self.name, {key: value for key, value in arguments.items() if value is not None})]

    @classmethod
    def example(cls) -> "KmsKey":
        return cls("secrets", description="Secrets of the cluster")


def _ours(run: AwsRun) -> dict[str, dict[str, str]]:
    """ARN -> tags of every key that carries our mark, those pending deletion included."""
    found = owned_arns(run, KmsKey.kind, "kms")
    unknown = {alias.key for alias in our_aliases(run, KmsKey.kind)} - found.keys()
    for arn in sorted(unknown):
        tags = _tags(run, arn)
        if run.mark.owns(tags):
            found[arn] = tags
    return found


def _tags(run: AwsRun, arn: str) -> dict[str, str]:
    try:
        return tag_map(list(run.aws.kms.pages("list_resource_tags", "Tags", KeyId=name_of(arn))))
    except NotFound:
        return {}


def _read(run: AwsRun, arn: str, tags: Mapping[str, str]) -> Live | None:
    if not run.mark.owns(tags):
        return None
    try:
        key = _metadata(run, arn)
        if key["KeyState"] in DELETED:
            return None
        rotation = run.aws.kms.get_key_rotation_status(KeyId=key["KeyId"])["KeyRotationEnabled"]
        # Without the tag nobody ever asked us for a policy: not worth a call in every plan.
        policy = _policy(run, key["KeyId"]) if POLICY_TAG in tags else None
    except NotFound:
        return None
    return _live(key, tags, rotation=rotation, policy=policy)


def _metadata(run: AwsRun, arn: str) -> dict[str, Any]:
    metadata: dict[str, Any] = run.aws.kms.describe_key(KeyId=name_of(arn))["KeyMetadata"]
    return metadata


def _policy(run: AwsRun, key_id: str) -> Any:
    return canonical(json.loads(run.aws.kms.get_key_policy(KeyId=key_id, PolicyName="default")["Policy"]))


def _key_tags(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"TagKey": key, "TagValue": value} for key, value in sorted(tags.items())]


def _live(key: Mapping[str, Any], tags: Mapping[str, str], *, rotation: bool, policy: Any) -> Live:
    return Live(
        kind=KmsKey.kind,
        name=tags[NAME_TAG],
        id=key["Arn"],
        state=State.PENDING if key["KeyState"] in NOT_YET else State.READY,
        fields={
            "description": key.get("Description", ""),
            "policy": policy,
            "rotation": rotation,
            "deletion_days": int(tags.get(DAYS_TAG, SHORTEST_DAYS)),
            "tags": user_tags(tags),
        },
        outputs={"arn": key["Arn"], "key_id": key["KeyId"]},
        tags=tags,
        created=str(key.get("CreationDate", "")),
    )

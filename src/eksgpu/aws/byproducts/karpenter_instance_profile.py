"""Instance profiles that Karpenter made for its NodeClasses. While they hold the node role, it cannot be deleted."""

from contextlib import suppress
from typing import Any, ClassVar

from eksgpu.aws.run import AwsRun, tag_map
from eksgpu.engine.resource import Deletable, Live
from eksgpu.errors import NotFound

from .controller_tags import KARPENTER_NODE_CLASS, REGION, owned_key


class KarpenterInstanceProfile(Deletable):
    """An instance profile of one NodeClass in one region (IAM itself knows no regions)."""

    kind: ClassVar[str] = "karpenter_instance_profile"
    permissions: ClassVar[frozenset[str]] = frozenset({
        "iam:ListInstanceProfiles", "iam:GetInstanceProfile", "iam:RemoveRoleFromInstanceProfile",
        "iam:DeleteInstanceProfile",
    })  # fmt: skip

    @classmethod
    def discover(cls, run: AwsRun) -> list[Live]:
        # Listing shows no tags, so only what Karpenter's names and paths let pass is looked at.
        path, prefix = f"/karpenter/{run.region}/{run.mark.cluster}/", f"{run.mark.cluster}_"
        names = [
            one["InstanceProfileName"]
            for one in run.aws.iam.pages("list_instance_profiles", "InstanceProfiles")
            if one["Path"].startswith(path) or one["InstanceProfileName"].startswith(prefix)
        ]
        found = run.parallel(lambda name: _profile(run, name), names)
        return [_live(profile) for profile in found if profile and _made_for(run, tag_map(profile.get("Tags")))]

    @classmethod
    def read(cls, run: AwsRun, live: Live) -> Live | None:
        found = _profile(run, live.name)
        return _live(found) if found else None

    @classmethod
    def delete(cls, run: AwsRun, live: Live) -> None:
        for role in (_profile(run, live.name) or {}).get("Roles", []):
            with suppress(NotFound):
                run.aws.iam.remove_role_from_instance_profile(
                    InstanceProfileName=live.name, RoleName=role["RoleName"]
                )  # fmt: skip
        run.aws.iam.delete_instance_profile(InstanceProfileName=live.name)


def _profile(run: AwsRun, name: str) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = run.aws.iam.get_instance_profile(InstanceProfileName=name)["InstanceProfile"]
    except NotFound:
        return None
    return found


def _made_for(run: AwsRun, tags: dict[str, str]) -> bool:
    return (
        tags.get(owned_key(run.mark.cluster)) == "owned"
        and tags.get(REGION) == run.region
        and KARPENTER_NODE_CLASS in tags
    )


def _live(profile: dict[str, Any]) -> Live:
    return Live(
        kind=KarpenterInstanceProfile.kind,
        name=profile["InstanceProfileName"],
        id=profile["Arn"],
        uses=frozenset(role["Arn"] for role in profile.get("Roles", [])),
        tags=tag_map(profile.get("Tags")),
        created=str(profile.get("CreateDate", "")),
    )

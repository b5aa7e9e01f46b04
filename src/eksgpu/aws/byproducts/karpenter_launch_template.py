"""Launch templates that Karpenter keeps for its NodeClasses; they outlive it when it goes before its NodeClasses."""

from typing import Any, ClassVar

from eksgpu.aws.run import AwsRun, tag_map
from eksgpu.engine.resource import Deletable, Live

from .controller_tags import KARPENTER_NODE_POOL, owned_filter


class KarpenterLaunchTemplate(Deletable):
    """A launch template of Karpenter's own; ours carry our mark and are another kind."""

    kind: ClassVar[str] = "karpenter_launch_template"
    permissions: ClassVar[frozenset[str]] = frozenset({"ec2:DescribeLaunchTemplates", "ec2:DeleteLaunchTemplate"})

    @classmethod
    def discover(cls, run: AwsRun) -> list[Live]:
        filters = [owned_filter(run.mark.cluster), {"Name": "tag-key", "Values": [KARPENTER_NODE_POOL]}]
        found = run.aws.ec2.pages("describe_launch_templates", "LaunchTemplates", Filters=filters)
        return [_live(template) for template in found]

    @classmethod
    def read(cls, run: AwsRun, live: Live) -> Live | None:
        found = run.aws.ec2.describe_launch_templates(LaunchTemplateIds=[live.id])["LaunchTemplates"]
        return _live(found[0]) if found else None

    @classmethod
    def delete(cls, run: AwsRun, live: Live) -> None:
        run.aws.ec2.delete_launch_template(LaunchTemplateId=live.id)


def _live(template: dict[str, Any]) -> Live:
    return Live(
        kind=KarpenterLaunchTemplate.kind,
        name=template["LaunchTemplateName"],
        id=template["LaunchTemplateId"],
        tags=tag_map(template.get("Tags")),
        created=str(template.get("CreateTime", "")),
    )

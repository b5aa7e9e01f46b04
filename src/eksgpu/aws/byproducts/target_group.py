"""Target groups that the AWS Load Balancer Controller made: free, but they keep the VPC's name in every listing."""

from typing import Any, ClassVar

from eksgpu.aws.run import AwsRun
from eksgpu.engine.resource import Deletable, Live

from .controller_tags import balancing


class TargetGroup(Deletable):
    """A target group; it goes after the load balancers whose listeners point to it."""

    kind: ClassVar[str] = "target_group"
    permissions: ClassVar[frozenset[str]] = frozenset({
        "elasticloadbalancing:DescribeTargetGroups", "elasticloadbalancing:DescribeTags",
        "elasticloadbalancing:DeleteTargetGroup",
    })  # fmt: skip

    @classmethod
    def discover(cls, run: AwsRun) -> list[Live]:
        found = {one["TargetGroupArn"]: one for one in run.aws.elbv2.pages("describe_target_groups", "TargetGroups")}
        return [_live(found[arn], tags) for arn, tags in balancing(run, found).items()]

    @classmethod
    def read(cls, run: AwsRun, live: Live) -> Live | None:
        found = run.aws.elbv2.describe_target_groups(TargetGroupArns=[live.id])["TargetGroups"]
        return _live(found[0], dict(live.tags)) if found else None

    @classmethod
    def delete(cls, run: AwsRun, live: Live) -> None:
        run.aws.elbv2.delete_target_group(TargetGroupArn=live.id)


def _live(group: dict[str, Any], tags: dict[str, str]) -> Live:
    return Live(
        kind=TargetGroup.kind,
        name=group["TargetGroupName"],
        id=group["TargetGroupArn"],
        uses=frozenset(filter(None, (group.get("VpcId"),))),
        tags=tags,
    )

"""Instances that Karpenter started and that outlived it: the dearest thing a half-finished destroy can leave."""

from typing import Any, ClassVar

from eksgpu.aws.run import AwsRun, tag_map
from eksgpu.catalog.instance import instance
from eksgpu.engine.resource import Deletable, Live, State

from .controller_tags import KARPENTER_NODE_POOL, owned_filter

ALIVE = ("pending", "running", "stopping", "stopped", "shutting-down")
STATES = {"shutting-down": State.DELETING, "terminated": State.GONE}


class KarpenterInstance(Deletable):
    """A node of a NodePool; priced on demand, which is the most that it can cost."""

    kind: ClassVar[str] = "karpenter_instance"
    permissions: ClassVar[frozenset[str]] = frozenset({"ec2:DescribeInstances", "ec2:TerminateInstances"})
    gone_before: ClassVar[tuple[str, ...]] = (
        "karpenter_launch_template", "karpenter_instance_profile", "volume", "network_interface", "nat_gateway",
    )  # fmt: skip
    waits_gone: ClassVar[bool] = True
    deadline: ClassVar[float] = 1200.0  # eight-GPU instances take many minutes to shut down

    @classmethod
    def discover(cls, run: AwsRun) -> list[Live]:
        filters = [
            owned_filter(run.mark.cluster),
            {"Name": "tag-key", "Values": [KARPENTER_NODE_POOL]},
            {"Name": "instance-state-name", "Values": list(ALIVE)},
        ]
        reservations = run.aws.ec2.pages("describe_instances", "Reservations", Filters=filters)
        return [_live(one) for reservation in reservations for one in reservation["Instances"]]

    @classmethod
    def read(cls, run: AwsRun, live: Live) -> Live | None:
        found = run.aws.ec2.describe_instances(InstanceIds=[live.id])["Reservations"]
        return _live(found[0]["Instances"][0]) if found else None

    @classmethod
    def delete(cls, run: AwsRun, live: Live) -> None:
        run.aws.ec2.terminate_instances(InstanceIds=[live.id])

    @classmethod
    def usd_per_day(cls, live: Live) -> float:
        known = instance(live.outputs["instance_type"])
        return 24 * (known.us_east_1_usd_per_hour or 0.0) if known else 0.0


def _live(item: dict[str, Any]) -> Live:
    groups = (group["GroupId"] for group in item.get("SecurityGroups", []))
    profile = item.get("IamInstanceProfile", {}).get("Arn")
    return Live(
        kind=KarpenterInstance.kind,
        name=item["InstanceId"],
        id=item["InstanceId"],
        state=STATES.get(item["State"]["Name"], State.READY),
        uses=frozenset(filter(None, (item.get("VpcId"), item.get("SubnetId"), profile, *groups))),
        outputs={"instance_type": item["InstanceType"]},
        tags=tag_map(item.get("Tags")),
        created=str(item.get("LaunchTime", "")),
    )
